; Scopes, what they define, and what refers to it. The attributes of a set are visible inside it only with `rec`.

[
  (lambda)
  (let)
  (legacy_let)
] @local.scope
(attr_set "rec") @local.scope

(lambda parameter: (identifier) @local.definition)
(formal name: (identifier) @local.definition)
(pattern_bind name: (identifier) @local.definition)

(let (binding path: (attr_path . name: (identifier) @local.definition)))
(let (inherit name: (identifier) @local.definition))
(legacy_let (binding path: (attr_path . name: (identifier) @local.definition)))
(legacy_let (inherit name: (identifier) @local.definition))
(attr_set "rec" (binding path: (attr_path . name: (identifier) @local.definition)))
(attr_set "rec" (inherit name: (identifier) @local.definition))

(root expression: (identifier) @local.reference)
(lambda body: (identifier) @local.reference)
(let body: (identifier) @local.reference)
(binding value: (identifier) @local.reference)
(formal default: (identifier) @local.reference)
(inherit !from name: (identifier) @local.reference)
(inherit_from expression: (identifier) @local.reference)
(interpolation expression: (identifier) @local.reference)
(paren expression: (identifier) @local.reference)
(list element: (identifier) @local.reference)
(apply [function: (identifier) argument: (identifier)] @local.reference)
(select [target: (identifier) default: (identifier)] @local.reference)
(has_attr target: (identifier) @local.reference)
(binary [left: (identifier) right: (identifier)] @local.reference)
(not operand: (identifier) @local.reference)
(negate operand: (identifier) @local.reference)
(if [condition: (identifier) consequence: (identifier) alternative: (identifier)] @local.reference)
(assert [condition: (identifier) body: (identifier)] @local.reference)
(with [scope: (identifier) body: (identifier)] @local.reference)
