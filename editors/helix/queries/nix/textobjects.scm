; What can be selected as a whole, by Helix's names.

(lambda body: (_) @function.inside) @function.around

(formal) @parameter.inside @parameter.around
(lambda parameter: (identifier) @parameter.inside @parameter.around)

(comment) @comment.inside
(comment)+ @comment.around

(binding value: (_) @entry.inside) @entry.around
(list element: (_) @entry.inside @entry.around)
