; What can be folded.

[
  (attr_set)
  (legacy_let)
  (list)
  (let)
  (pattern)
  (paren)
  (indented_string)
  (if)
  (inherit)
  (comment)
] @fold
