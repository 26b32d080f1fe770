[ in ]
