// The tokens of Nix that a state of the parser cannot tell apart by itself.
//
// Mirrors parser/lexer.h: a stack of modes says whether the text at hand is code, a string or the rest of a path, and
// where several tokens could begin, the longest wins. What the parser expects is not asked (`valid_symbols` is unused),
// so that the tokens of a file are those of the shared parser, with errors in it or without. `comment` is expected
// everywhere, therefore every token passes here first; false leaves punctuation and operators to the generated lexer.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tree_sitter/parser.h"

// In the order of `externals` in grammar.js.
enum Token {
  IDENTIFIER,
  INTEGER,
  FLOAT,
  WHOLE_PATH,
  PATH_FRAGMENT,
  PATH_END,
  SEARCH_PATH,
  URI,
  STRING_FRAGMENT,
  ESCAPE_SEQUENCE,
  COMMENT,
  INVALID,
  KEYWORD,
  LEFT_BRACE = KEYWORD + 10,
  RIGHT_BRACE,
  INTERPOLATE,
  QUOTE,
  INDENTED_QUOTE,
  NONE,
};

static const char *const keywords[] = {"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"};

enum { KEYWORD_COUNT = 10, KEYWORD_LENGTH = 7 };

enum Mode { CODE = 1, STRING, INDENTED, PATH };

// The modes around the position, the innermost last. Empty: code outside of all strings, whose braces need no counting.
typedef struct {
  unsigned depth;
  uint8_t modes[TREE_SITTER_SERIALIZATION_BUFFER_SIZE];
} Scanner;

// Deeper nesting than can be saved is an error of the text.
static unsigned push(Scanner *scanner, enum Mode mode, unsigned token) {
  if (scanner->depth == sizeof scanner->modes) return INVALID;
  scanner->modes[scanner->depth++] = (uint8_t)mode;
  return token;
}

static void pop(Scanner *scanner) {
  if (scanner->depth > 0) --scanner->depth;
}

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static bool is_path_character(int32_t c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || c == '+';
}
static bool is_uri_character(int32_t c) {
  return is_letter(c) || is_digit(c) || (c > 0 && c < 128 && strchr("%/?:@&=+$,-_.!~*'", c) != NULL);
}
static bool continues_identifier(int32_t c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '\'';
}

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

// Takes `c` if it is next.
static bool take(TSLexer *lexer, int32_t c) {
  if (lexer->lookahead != c || lexer->eof(lexer)) return false;
  advance(lexer);
  return true;
}

static unsigned end_here(TSLexer *lexer, unsigned token) {
  lexer->mark_end(lexer);
  return token;
}

// Numbers: [0-9]+ | ([1-9][0-9]*\.[0-9]* | 0?\.[0-9]+)([Ee][+-]?[0-9]+)?
enum Number { START, ZERO, DIGITS, LEADING_ZERO, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS, NO_NUMBER };

static enum Number next_number(enum Number state, int32_t c) {
  bool digit = is_digit(c);
  switch (state) {
    case START: return c == '.' ? POINT : c == '0' ? ZERO : digit ? DIGITS : NO_NUMBER;
    case ZERO: return c == '.' ? POINT : digit ? LEADING_ZERO : NO_NUMBER;
    case DIGITS: return c == '.' ? FRACTION : digit ? DIGITS : NO_NUMBER;
    case LEADING_ZERO: return digit ? LEADING_ZERO : NO_NUMBER;
    case POINT: return digit ? FRACTION : NO_NUMBER;
    case FRACTION: return c == 'e' || c == 'E' ? EXPONENT : digit ? FRACTION : NO_NUMBER;
    case EXPONENT: return c == '+' || c == '-' ? EXPONENT_SIGN : digit ? EXPONENT_DIGITS : NO_NUMBER;
    case EXPONENT_SIGN:
    case EXPONENT_DIGITS: return digit ? EXPONENT_DIGITS : NO_NUMBER;
    default: return NO_NUMBER;
  }
}

static unsigned token_of_number(enum Number state) {
  switch (state) {
    case ZERO:
    case DIGITS:
    case LEADING_ZERO: return INTEGER;
    case FRACTION:
    case EXPONENT_DIGITS: return FLOAT;
    default: return NONE;
  }
}

// The keyword that the `length` bytes of `word` are; IDENTIFIER where they are none.
static unsigned keyword(const char *word, unsigned length) {
  for (unsigned i = 0; i < KEYWORD_COUNT; ++i) {
    if (strlen(keywords[i]) == length && memcmp(keywords[i], word, length) == 0) return KEYWORD + i;
  }
  return IDENTIFIER;
}

// The rest of a piece of a path, up to its end or to the next interpolation. `slash`: whether a slash is before it.
//
// Nix reads `a/b//c` as two pieces, which it takes only if an interpolation follows or, where `inside` says so, went before.
static unsigned rest_of_path(Scanner *scanner, TSLexer *lexer, bool slash, bool inside) {
  bool pieces = false;
  while (is_path_character(lexer->lookahead) || lexer->lookahead == '/') {
    pieces = pieces || (slash && lexer->lookahead == '/');
    slash = lexer->lookahead == '/';
    advance(lexer);
  }
  lexer->mark_end(lexer);
  if (take(lexer, '$') && lexer->lookahead == '{') return push(scanner, PATH, PATH_FRAGMENT);
  return slash || (pieces && !inside) ? INVALID : WHOLE_PATH;
}

// Behind the first `/` of what may be a path. `otherwise` is the token before the `/`, whose end is marked. A lone `$` is
// never a token, so nothing is lost where no brace follows it.
static unsigned path_behind_slash(Scanner *scanner, TSLexer *lexer, unsigned otherwise) {
  if (is_path_character(lexer->lookahead)) return rest_of_path(scanner, lexer, true, false);
  if (lexer->lookahead != '$') return otherwise;
  return rest_of_path(scanner, lexer, true, false);
}

// A name, a number, a path or a URI, or an operator that could begin a path (NONE).
//
// All of them but names with a quote begin with a run of path characters; while it is read, the end of the longest name
// or number so far is marked.
static unsigned word(Scanner *scanner, TSLexer *lexer) {
  bool name = is_letter(lexer->lookahead) || lexer->lookahead == '_';
  bool scheme = is_letter(lexer->lookahead);
  enum Number number = START;
  char text[KEYWORD_LENGTH + 1];
  unsigned length = 0;
  unsigned token = NONE;
  for (; is_path_character(lexer->lookahead); advance(lexer)) {
    int32_t c = lexer->lookahead;
    scheme = scheme && c != '_';
    if (name && !continues_identifier(c)) {
      name = false;
      token = end_here(lexer, keyword(text, length));
    }
    if (name && length <= KEYWORD_LENGTH) text[length++] = (char)c;
    if (token_of_number(number) != NONE) token = end_here(lexer, token_of_number(number));
    number = next_number(number, c);
  }
  if (name && lexer->lookahead == '\'') {
    while (continues_identifier(lexer->lookahead)) advance(lexer);
    return end_here(lexer, IDENTIFIER);
  }
  if (name) token = end_here(lexer, keyword(text, length));
  if (token_of_number(number) != NONE) token = end_here(lexer, token_of_number(number));
  if (take(lexer, '/')) return path_behind_slash(scanner, lexer, token);
  if (!scheme || !take(lexer, ':') || !is_uri_character(lexer->lookahead)) return token;
  while (is_uri_character(lexer->lookahead)) advance(lexer);
  return end_here(lexer, URI);
}

static unsigned line_comment(TSLexer *lexer) {
  while (!lexer->eof(lexer) && lexer->lookahead != '\n' && lexer->lookahead != '\r') advance(lexer);
  return end_here(lexer, COMMENT);
}

// Behind `/*`.
static unsigned block_comment(TSLexer *lexer) {
  bool star = false;
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    advance(lexer);
    if (star && c == '/') return end_here(lexer, COMMENT);
    star = c == '*';
  }
  return end_here(lexer, INVALID);
}

static unsigned search_path(TSLexer *lexer) {
  advance(lexer);
  do {
    if (!is_path_character(lexer->lookahead)) return NONE;
    while (is_path_character(lexer->lookahead)) advance(lexer);
  } while (take(lexer, '/'));
  return take(lexer, '>') ? end_here(lexer, SEARCH_PATH) : NONE;
}

static unsigned code(Scanner *scanner, TSLexer *lexer) {
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
  if (lexer->eof(lexer)) return NONE;
  switch (lexer->lookahead) {
    case '#': return line_comment(lexer);
    case '<': return search_path(lexer);
    case '/':
      advance(lexer);
      return take(lexer, '*') ? block_comment(lexer) : path_behind_slash(scanner, lexer, NONE);
    case '~':
      advance(lexer);
      return take(lexer, '/') ? path_behind_slash(scanner, lexer, INVALID) : end_here(lexer, INVALID);
    case '{':
      advance(lexer);
      lexer->mark_end(lexer);
      return scanner->depth == 0 ? LEFT_BRACE : push(scanner, CODE, LEFT_BRACE);
    case '}':
      advance(lexer);
      pop(scanner);
      return end_here(lexer, RIGHT_BRACE);
    case '"':
      advance(lexer);
      lexer->mark_end(lexer);
      return push(scanner, STRING, QUOTE);
    case '$':
      advance(lexer);
      if (!take(lexer, '{')) return end_here(lexer, INVALID);
      lexer->mark_end(lexer);
      return push(scanner, CODE, INTERPOLATE);
    case '\'':
      advance(lexer);
      if (!take(lexer, '\'')) return end_here(lexer, INVALID);
      lexer->mark_end(lexer);
      return push(scanner, INDENTED, INDENTED_QUOTE);
    default: return word(scanner, lexer);
  }
}

// In a string, at a `$` whose beginning is marked: the token if it begins an interpolation and no text is waiting
// before it, STRING_FRAGMENT if text is, NONE if it is text itself. Then the next character belongs to it, unless
// `special` has it.
static unsigned dollar(Scanner *scanner, TSLexer *lexer, bool text, const char *special) {
  advance(lexer);
  if (lexer->lookahead == '{') {
    if (text) return STRING_FRAGMENT;
    advance(lexer);
    lexer->mark_end(lexer);
    return push(scanner, CODE, INTERPOLATE);
  }
  bool stays = lexer->lookahead < 128 && lexer->lookahead > 0 && strchr(special, lexer->lookahead) != NULL;
  if (!stays && !lexer->eof(lexer)) advance(lexer);
  return NONE;
}

static unsigned string(Scanner *scanner, TSLexer *lexer) {
  for (bool text = false;; text = true) {
    lexer->mark_end(lexer);
    if (lexer->eof(lexer)) return text ? STRING_FRAGMENT : NONE;
    int32_t c = lexer->lookahead;
    if (text && (c == '"' || c == '\\')) return STRING_FRAGMENT;
    if (c == '$') {
      unsigned token = dollar(scanner, lexer, text, "\"\\");
      if (token != NONE) return token;
      continue;
    }
    advance(lexer);
    if (c == '"') {
      pop(scanner);
      return end_here(lexer, QUOTE);
    }
    if (c == '\\') {
      if (!lexer->eof(lexer)) advance(lexer);
      return end_here(lexer, ESCAPE_SEQUENCE);
    }
  }
}

// In an indented string, behind two quotes: `'''`, `''$` and `''\` with a character are escapes, else the string ends.
static unsigned behind_two_quotes(Scanner *scanner, TSLexer *lexer) {
  lexer->mark_end(lexer);
  if (take(lexer, '\'') || take(lexer, '$')) return end_here(lexer, ESCAPE_SEQUENCE);
  if (take(lexer, '\\') && !lexer->eof(lexer)) {
    advance(lexer);
    return end_here(lexer, ESCAPE_SEQUENCE);
  }
  pop(scanner);
  return INDENTED_QUOTE;
}

static unsigned indented_string(Scanner *scanner, TSLexer *lexer) {
  for (bool text = false;; text = true) {
    lexer->mark_end(lexer);
    if (lexer->eof(lexer)) return text ? STRING_FRAGMENT : NONE;
    int32_t c = lexer->lookahead;
    if (c == '$') {
      unsigned token = dollar(scanner, lexer, text, "'");
      if (token != NONE) return token;
      continue;
    }
    advance(lexer);
    if (c != '\'') continue;
    if (take(lexer, '\'')) return text ? STRING_FRAGMENT : behind_two_quotes(scanner, lexer);
    if (lexer->lookahead != '$' && !lexer->eof(lexer)) advance(lexer);
  }
}

// Inside a path, behind its first piece: an interpolation, another piece, or, without a byte, the end.
static unsigned path(Scanner *scanner, TSLexer *lexer) {
  lexer->mark_end(lexer);
  int32_t c = lexer->lookahead;
  if (c == '$') {
    advance(lexer);
    if (!take(lexer, '{')) {
      pop(scanner);
      return PATH_END;
    }
    lexer->mark_end(lexer);
    return push(scanner, CODE, INTERPOLATE);
  }
  pop(scanner);
  if (!is_path_character(c) && c != '/') return PATH_END;
  unsigned token = rest_of_path(scanner, lexer, false, true);
  if (token == INVALID) return INVALID;
  // The mode stays until the end is told.
  return token == PATH_FRAGMENT ? token : push(scanner, PATH, PATH_FRAGMENT);
}

static unsigned scan(Scanner *scanner, TSLexer *lexer) {
  switch (scanner->depth == 0 ? CODE : scanner->modes[scanner->depth - 1]) {
    case STRING: return string(scanner, lexer);
    case INDENTED: return indented_string(scanner, lexer);
    case PATH: return path(scanner, lexer);
    default: return code(scanner, lexer);
  }
}

void *tree_sitter_nix_external_scanner_create(void) { return calloc(1, sizeof(Scanner)); }

void tree_sitter_nix_external_scanner_destroy(void *payload) { free(payload); }

unsigned tree_sitter_nix_external_scanner_serialize(void *payload, char *buffer) {
  const Scanner *scanner = payload;
  memcpy(buffer, scanner->modes, scanner->depth);
  return scanner->depth;
}

void tree_sitter_nix_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  Scanner *scanner = payload;
  scanner->depth = length;
  if (length > 0) memcpy(scanner->modes, buffer, length);
}

bool tree_sitter_nix_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  (void)valid_symbols;
  unsigned token = scan(payload, lexer);
  if (token == NONE) return false;
  lexer->result_symbol = (TSSymbol)token;
  return true;
}
