https://example.org/a?b=c&d=~e%20f
