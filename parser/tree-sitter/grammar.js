// The grammar of the Nix language for editors that highlight, fold and select with tree-sitter.
//
// It accepts what parser/ accepts, and its nodes are named after the kinds in parser/syntax.def (AttrSet is attr_set), so
// that one vocabulary serves both and a test can compare the trees node by node.
//
// Tokens that depend on what is around them (strings, paths, everything that competes by length with a name or a number)
// come from src/scanner.c, which mirrors parser/lexer.h. Keywords and names come from there too: a state of the parser
// that does not expect a path must still not read `a/b` as a name and an operator.

const PRECEDENCE = {
  implies: 2,
  or: 3,
  and: 4,
  update: 7,
  not: 8,
  plus: 9,
  times: 10,
  concat: 11,
  hasAttr: 12,
  negate: 13,
};

function operation($, left, operator, right) {
  return seq(field("left", left), field("operator", operator), field("right", right));
}

module.exports = grammar({
  name: "nix",

  // In the order of `enum Token` in src/scanner.c.
  externals: $ => [
    $.identifier,
    $.integer,
    $.float,
    $._whole_path,
    $.path_fragment,
    $._path_end,
    $.search_path,
    $.uri,
    $.string_fragment,
    $.escape_sequence,
    $.comment,
    $._invalid,
    "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or",
    "{", "}", "${", "\"", "''",
  ],

  extras: $ => [/[ \t\r\n]+/, $.comment],

  rules: {
    root: $ => field("expression", $._expression),

    _expression: $ => choice($.lambda, $.let, $.if, $.assert, $.with, $._operation),

    lambda: $ => seq(
      field("parameter", choice($.identifier, $.pattern)),
      ":",
      field("body", $._expression),
    ),
    pattern: $ => choice(
      $._formals,
      seq($._formals, "@", field("bind", $.pattern_bind)),
      seq(field("bind", $.pattern_bind), "@", $._formals),
    ),
    pattern_bind: $ => field("name", $.identifier),
    _formals: $ => seq(
      "{",
      optional(choice(
        "...",
        seq($.formal, repeat(seq(",", $.formal)), optional(seq(",", optional("...")))),
      )),
      "}",
    ),
    formal: $ => seq(field("name", $.identifier), optional(seq("?", field("default", $._expression)))),

    let: $ => seq("let", repeat($._definition), "in", field("body", $._expression)),
    if: $ => seq(
      "if", field("condition", $._expression),
      "then", field("consequence", $._expression),
      "else", field("alternative", $._expression),
    ),
    assert: $ => seq("assert", field("condition", $._expression), ";", field("body", $._expression)),
    with: $ => seq("with", field("scope", $._expression), ";", field("body", $._expression)),

    // A level of its own for operators that do not chain (`a == b == c`) or do not mix (`|>` and `<|`), since a
    // precedence without associativity does not exist here.
    _operation: $ => choice(
      alias($._pipe_right, $.binary),
      alias($._pipe_left, $.binary),
      $._logic,
    ),
    _pipe_right: $ => operation($, choice(alias($._pipe_right, $.binary), $._logic), "|>", $._logic),
    _pipe_left: $ => operation($, $._logic, "<|", choice(alias($._pipe_left, $.binary), $._logic)),

    _logic: $ => choice(alias($._logical, $.binary), $._equation),
    _logical: $ => choice(
      prec.right(PRECEDENCE.implies, operation($, $._logic, "->", $._logic)),
      prec.left(PRECEDENCE.or, operation($, $._logic, "||", $._logic)),
      prec.left(PRECEDENCE.and, operation($, $._logic, "&&", $._logic)),
    ),

    _equation: $ => choice(alias($._equality, $.binary), $._relation),
    _equality: $ => operation($, $._relation, choice("==", "!="), $._relation),
    _relation: $ => choice(alias($._comparison, $.binary), $._term),
    _comparison: $ => operation($, $._term, choice("<", "<=", ">", ">="), $._term),

    _term: $ => choice(
      alias($._arithmetic, $.binary),
      $.not,
      $.negate,
      $.has_attr,
      $._application,
    ),
    _arithmetic: $ => choice(
      prec.right(PRECEDENCE.update, operation($, $._term, "//", $._term)),
      prec.left(PRECEDENCE.plus, operation($, $._term, choice("+", "-"), $._term)),
      prec.left(PRECEDENCE.times, operation($, $._term, choice("*", "/"), $._term)),
      prec.right(PRECEDENCE.concat, operation($, $._term, "++", $._term)),
    ),
    not: $ => prec(PRECEDENCE.not, seq("!", field("operand", $._term))),
    negate: $ => prec(PRECEDENCE.negate, seq("-", field("operand", $._term))),
    has_attr: $ => prec(PRECEDENCE.hasAttr, seq(field("target", $._term), "?", field("path", $.attr_path))),

    _application: $ => choice($.apply, $._selection),
    apply: $ => seq(
      field("function", choice($.apply, $._selection)),
      field("argument", $._selection),
    ),

    _selection: $ => choice($.select, alias($._apply_to_or, $.apply), $._simple),
    select: $ => seq(
      field("target", $._simple),
      ".",
      field("path", $.attr_path),
      optional(seq("or", field("default", $._selection))),
    ),
    // `f or` applies `f` to a variable named `or`, a leftover of the time before `or` was a keyword.
    _apply_to_or: $ => seq(field("function", $._simple), field("argument", alias("or", $.identifier))),

    _simple: $ => choice(
      $.identifier,
      $.integer,
      $.float,
      $.path,
      $.search_path,
      $.uri,
      $.string,
      $.indented_string,
      $.paren,
      $.list,
      $.attr_set,
      $.legacy_let,
    ),
    paren: $ => seq("(", field("expression", $._expression), ")"),
    list: $ => seq("[", repeat(field("element", $._selection)), "]"),
    attr_set: $ => seq(optional("rec"), "{", repeat($._definition), "}"),
    legacy_let: $ => seq("let", "{", repeat($._definition), "}"),

    _definition: $ => choice($.binding, $.inherit),
    binding: $ => seq(field("path", $.attr_path), "=", field("value", $._expression), ";"),
    inherit: $ => seq("inherit", optional(field("from", $.inherit_from)), repeat(field("name", $._attribute)), ";"),
    inherit_from: $ => seq("(", field("expression", $._expression), ")"),
    attr_path: $ => seq(field("name", $._attribute), repeat(seq(".", field("name", $._attribute)))),
    _attribute: $ => choice($.identifier, alias("or", $.identifier), $.string, $.interpolation),

    string: $ => seq("\"", repeat(choice($.string_fragment, $.escape_sequence, $.interpolation)), "\""),
    indented_string: $ => seq("''", repeat(choice($.string_fragment, $.escape_sequence, $.interpolation)), "''"),
    interpolation: $ => seq("${", field("expression", $._expression), "}"),
    path: $ => choice(
      alias($._whole_path, $.path_fragment),
      seq($.path_fragment, repeat1(choice($.interpolation, $.path_fragment)), $._path_end),
    ),
  },
});
