[ # nothing
]
