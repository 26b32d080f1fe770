// Analysing a change must give what analysing the text gives.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "lsp/snapshot.h"
#include "parser/lexer.h"
#include "parser/parser.h"
#include "parser/repair.h"
#include "parser/reparse.h"
#include "parser/stretch.h"

using namespace evalctl::lsp;

namespace {

std::vector<std::string> corpus_texts() {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(CORPUS)) {
    if (entry.path().extension() != ".nix" || !entry.is_regular_file() || entry.file_size() > 20'000) continue;
    std::ifstream file(entry.path());
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::ranges::sort(texts);
  return texts;
}

// What an editor might put somewhere.
std::string edited(const std::string& text, std::mt19937& random) {
  constexpr const char* kParts[] = {" ", "\n", "x", "a.b", "# c\n", "/* d */", "\"s\"", "{ }", "with y;", ";", "}", "''", "${", "1", "= 2;", "rec ", ".", "z = 3; "};
  std::string out = text;
  std::size_t at = random() % (text.size() + 1), count = random() % 3 == 0 ? 0 : 1 + random() % 6;
  out.erase(at, random() % 2 == 0 ? count : 0);
  if (random() % 4 != 0) out.insert(std::min(at, out.size()), kParts[random() % std::size(kParts)]);
  return out;
}

// The first difference, in words; "" where there is none.
std::string difference(const Analysis& a, const Analysis& b) {
  if (a.parsed.diagnostics.size() != b.parsed.diagnostics.size()) return "diagnostics";
  if (a.tree.text() != b.tree.text()) return "text";
  if (a.tree.token_count() != b.tree.token_count()) return "number of tokens";
  for (std::uint32_t i = 0; i < a.tree.token_count(); ++i) {
    if (a.tree.token_kind({i}) != b.tree.token_kind({i}) || a.tree.token_range({i}) != b.tree.token_range({i})) return "token " + std::to_string(i);
  }
  if (a.tree.node_count() != b.tree.node_count()) return "number of nodes";
  for (std::uint32_t i = 0; i < a.tree.node_count(); ++i) {
    evalctl::parser::Node x = a.tree.node({i}), y = b.tree.node({i});
    if (x.kind != y.kind || x.size != y.size || x.first_token != y.first_token || x.end_token != y.end_token) return "node " + std::to_string(i);
    if (a.parents[i] != b.parents[i]) return "parent of " + std::to_string(i);
    if (a.scopes[i].referent != b.scopes[i].referent) return "referent of " + std::to_string(i);
    bool defined = a.scopes[i].is_lexical() || a.scopes[i].referent == evalctl::parser::Referent::With;
    if (defined && a.scopes[i].definition != b.scopes[i].definition) return "definition of " + std::to_string(i);
  }
  return "";
}

}  // namespace

TEST_CASE("a change is analysed as the whole text is") {
  std::mt19937 random(7);
  std::size_t good = 0, reused = 0;
  for (const std::string& text : corpus_texts()) {
    Analysis before(text);
    if (!before.parsed.diagnostics.empty()) continue;
    for (int i = 0; i < 60; ++i) {
      std::string next = edited(text, random);
      Analysis fresh(next), again(next, &before);
      REQUIRE(difference(again, fresh) == "");
      good += fresh.parsed.diagnostics.empty();
      reused += evalctl::parser::reparse(before.tree, next).has_value();
    }
  }
  REQUIRE(good > 1000);
  // Most of what stays a program needs no reading of the whole.
  CHECK(reused * 4 > good * 3);
}

TEST_CASE("single letters in a large file are analysed as the whole text is") {
  constexpr const char* kLetters[] = {"\"", "'", "{", "}", ";", "$", "/", "*", "x", " ", "="};
  std::mt19937 random(11);
  std::string text = "{ callPackage, b, ... }:\nwith b;\nrec {\n  inherit (b) c d;\n";
  for (int i = 0; text.size() < 200'000; ++i) {
    std::string name = "a" + std::to_string(i);
    text += "  " + name + " = callPackage ../" + name + " { inherit b; c = ''x ${toString " + name + "} y''; };\n";
    if (i % 7 == 0) text += "  # of " + name + "\n  " + name + "-list = [ \"${b.c}/lib\" ./. (d: { e = d; }) ];\n";
  }
  text += "}\n";
  auto document = std::make_shared<Document>("/a.nix", 1, text);
  REQUIRE(document->analysis().parsed.diagnostics.empty());
  // Each change stays for the next one, now and then with the one before it taken back, as while typing.
  for (int i = 0; i < 120; ++i) {
    std::string next(document->text.bytes());
    std::size_t at = random() % next.size();
    if (random() % 4 == 0) next.erase(at, 1);
    else next.insert(at, kLetters[random() % std::size(kLetters)]);
    auto changed = std::make_shared<Document>("/a.nix", i, next, document);
    REQUIRE(difference(changed->analysis(), Analysis(next)) == "");
    if (i % 3 != 0) continue;
    document = std::make_shared<Document>("/a.nix", i, i % 9 == 0 ? text : std::move(next), changed);
    REQUIRE(difference(document->analysis(), Analysis(document->text.bytes())) == "");
  }
}

TEST_CASE("what a stretch around an error tells is what the whole text tells") {
  namespace parser = evalctl::parser;
  auto read = [](std::string_view text) {
    parser::Reading out;
    out.text = text;
    out.tokens = parser::Lexer(text, out.diagnostics).run(out.significant);
    out.nodes = parser::Parser(text, out.tokens, out.significant, {}, out.diagnostics).stop_behind(0).run();
    for (const parser::Diagnostic& one : out.diagnostics) {
      if (parser::is_syntax_error(one)) out.error = std::min<std::size_t>(out.error.value_or(SIZE_MAX), one.range.begin);
    }
    if (out.error) out.error_token = out.token_at(*out.error);
    return out;
  };
  std::mt19937 random(3);
  std::size_t told = 0, asked = 0;
  for (const std::string& text : corpus_texts()) {
    for (int i = 0; i < 12; ++i) {
      std::string next = edited(text, random);
      parser::Reading reading = read(next);
      auto stretch = reading.error ? parser::Stretch::around(reading, 0) : std::nullopt;
      if (!stretch) continue;
      for (const parser::Change& change : parser::changes(reading)) {
        if (random() % 8 != 0) continue;
        auto error = stretch->first_error(next, change.edit, {});
        ++asked;
        if (!error) continue;
        parser::EditedText whole(next);
        whole.apply(change.edit);
        INFO(next << "\n---- " << change.edit.begin << " " << change.edit.end << " " << change.edit.inserted);
        REQUIRE(read(whole.current()).error == error);
        ++told;
      }
    }
  }
  CHECK(told * 3 > asked);
}

TEST_CASE("what a change outside of a binding can mean is seen") {
  struct Pair { const char *before, *after; };
  constexpr Pair kPairs[] = {
      {"{ a = rec { x = 1; }; a.y = 2; }", "{ a = rec { x = 1; }; a.y = x; }"},
      {"{ a.b = 1; c = 2; }", "{ a.b = 1; a.b = 2; }"},
      {"let a = 1; in { b = 2; c = 3; }", "let a = 1; in { b = a; c = 3; }"},
      {"rec { a = 1; b = { c = 2; }; }", "rec { a = 1; b = { c = a; }; }"},
      {"with x; { b = 2; }", "with x; { b = y; }"},
      {"{ a = ./x ; }", "{ a = ./x y; }"},
      {"{ a = 1; # b\n }", "{ a = 1; # bc\n }"},
      {"{ a = 1;\n b = 2; }", "{ a = 1;\n#b = 2; }"},
      {"{ a = 1;\n b = 2; }", "{ a = 1;\n # b = 2; }"},
      {"{ a = ''${x y}''; }", "{ a = ''${x  y}''; }"},
      {"{ a = http://b /*c*/ ; }", "{ a = http://b/*c*/ ; }"},
      {"{ a = [ (b: { c = b; }) ]; }", "{ a = [ (b: { c = b b; }) ]; }"},
      {"rec { inherit (x) a; b = 1; }", "rec { inherit (x) a; b = a; }"},
      {"let { a = 1; body = 2; }", "let { a = 1; body = a; }"},
      {"{ \"a\" = 1; b = 2; }", "{ \"a\" = 1; b = { a = 3; }; }"},
      {"{ ${a} = 1; }", "{ ${a} = b; }"},
  };
  for (const Pair& pair : kPairs) {
    Analysis before(pair.before), fresh(pair.after), again(pair.after, &before);
    INFO(pair.after);
    CHECK(difference(again, fresh) == "");
  }
}
