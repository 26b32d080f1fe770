; How far the next line moves in, by Helix's names.

[
  (attr_set)
  (legacy_let)
  (list)
  (let)
  (pattern)
  (paren)
  (binding)
  (inherit)
  (interpolation)
  (if)
] @indent

["}" "]" ")" "in"] @outdent
