; How far the next line moves in, by nvim-treesitter's names.

[
  (attr_set)
  (legacy_let)
  (list)
  (let)
  (pattern)
  (paren)
  (binding)
  (inherit)
  (indented_string)
  (interpolation)
  (if)
] @indent.begin

["}" "]" ")"] @indent.branch
["in" "then" "else"] @indent.branch
(indented_string "''" @indent.branch .)

(comment) @indent.auto
(string) @indent.auto
(ERROR) @indent.auto
