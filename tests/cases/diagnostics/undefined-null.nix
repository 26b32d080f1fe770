[ None ]
