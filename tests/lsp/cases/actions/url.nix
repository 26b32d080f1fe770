{ src = https://example.org/x; }
#       ^^^^^ action: Quote the URL
