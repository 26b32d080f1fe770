; What can be selected, moved and swapped as a whole, by nvim-treesitter-textobjects' names.

(lambda body: (_) @function.inner) @function.outer

(formal) @parameter.inner @parameter.outer
(lambda parameter: (identifier) @parameter.inner @parameter.outer)
(list element: (_) @parameter.inner @parameter.outer)

(apply argument: (_) @call.inner) @call.outer

(binding path: (_) @assignment.lhs value: (_) @assignment.rhs @assignment.inner) @assignment.outer

(attr_set (_) @block.inner) @block.outer
(let (_) @block.inner) @block.outer

(if consequence: (_) @conditional.inner) @conditional.outer
(if alternative: (_) @conditional.inner)

(comment) @comment.inner @comment.outer
(string (string_fragment) @string.inner) @string.outer
(indented_string (string_fragment) @string.inner) @string.outer
