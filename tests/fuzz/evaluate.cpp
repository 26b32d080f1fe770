// Bytes choose a program. It has the same result with and without the collector at work, and a result without functions
// is an expression with that result.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/machine.h"

namespace {

using namespace evalctl;

class Generator {
 public:
  Generator(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::string expression() {
    if (++depth_ > 7 || at_ >= size_) return --depth_, leaf();
    std::string text = "(" + inner() + ")";
    --depth_;
    return text;
  }

 private:
  static constexpr std::array<std::string_view, 6> kNames = {"a", "b", "c", "d", "e", "x"};
  static constexpr std::array<std::string_view, 22> kOperators = {"+", "-", "*", "/", "++", "//", "==", "!=", "<", "<=", ">",
                                                                  ">=", "&&", "||", "->", "+", "++", "//", "==", "<", "+", "//"};
  // `#` stands for an expression, `$` for a function of one argument, `%` for a name.
  static constexpr std::array kForms = {
      "let % = #; % = #; in #", "let % = #; inherit (#) %; in #", "rec { % = #; % = #; }", "{ % = #; %.% = #; }", "{ % = #; inherit (#) %; }",
      "[ # # # ]", "[ # ]", "with #; #", "if # then # else #", "assert #; #", "% : #", "{ % ? #, ... }: #", "x@{ %, % ? x, ... }: #", "($) #",
      "# #", "#.%", "#.% or #", "# ? %", "#.%.${#} or #", "\"s${#}t\"", "''\n  ${#}\n    u\n''", "!#", "-#",
      "builtins.map $ #", "builtins.filter $ #", "builtins.foldl' (a: b: #) # #", "builtins.genList $ 5", "builtins.attrNames #",
      "builtins.attrValues #", "builtins.listToAttrs (builtins.map (x: { name = #; value = #; }) #)", "builtins.mapAttrs (a: b: #) #",
      "builtins.removeAttrs # [ \"%\" \"%\" ]", "builtins.intersectAttrs # #", "builtins.concatLists #", "builtins.concatMap $ #",
      "builtins.sort (a: b: #) #", "builtins.elemAt # #", "builtins.length #", "builtins.head #", "builtins.tail #", "builtins.typeOf #",
      "builtins.toJSON #", "builtins.fromJSON (builtins.toJSON #)", "builtins.toString #", "builtins.tryEval #", "builtins.seq # #",
      "builtins.deepSeq # #", "builtins.groupBy (x: \"%\") #", "builtins.partition $ #", "builtins.zipAttrsWith (a: b: #) #",
      "builtins.replaceStrings [ \"s\" ] [ # ] #", "builtins.substring 1 3 #", "builtins.stringLength #", "builtins.split \"[a-c]\" #",
      "builtins.functionArgs #", "builtins.catAttrs \"%\" #", "builtins.all $ #", "builtins.any $ #", "builtins.elem # #",
      "builtins.genericClosure { startSet = [ { key = #; } ]; operator = x: [ ]; }", "builtins.toXML #", "builtins.compareVersions # #",
      "builtins.hashString \"sha256\" #", "builtins.throw #", "builtins.getAttr \"%\" #", "builtins.isAttrs #", "builtins.add # #",
      "builtins.addErrorContext # #", "{ __functor = a: b: #; } #", "{ __toString = x: #; % = #; }", "let % = x: if x == 0 then # else % (x - 1); in % 3",
      "#<op>#", "#<op>#", "#<op>#", "#<op>#", "builtins.%", "builtins.concatStringsSep # #", "builtins.ceil #", "builtins.bitAnd # #"};

  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : 0; }

  std::string leaf() {
    switch (std::uint8_t choice = byte(); choice % 14) {
      case 0: return "0";
      case 1: return std::to_string(choice);
      case 2: return "1.5";
      case 3: return "true";
      case 4: return "null";
      case 5: return "\"s\"";
      case 6: return "[ ]";
      case 7: return "{ }";
      case 8: return "9223372036854775807";
      case 9: return "\"\\n\\\"\\${é\"";
      default: return std::string(kNames[choice / 14 % kNames.size()]);
    }
  }

  std::string inner() {
    std::string_view form = kForms[byte() % kForms.size()];
    std::string out;
    for (std::size_t i = 0; i < form.size(); ++i) {
      if (form[i] == '#') out += expression();
      else if (form[i] == '$' && !form.substr(i).starts_with("${")) out += "(x: " + expression() + ")";
      else if (form[i] == '%') out += kNames[byte() % kNames.size()];
      else if (form.substr(i).starts_with("<op>")) {
        out += ' ';
        out += kOperators[byte() % kOperators.size()];
        out += ' ';
        i += 3;
      } else out += form[i];
    }
    return out;
  }

  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::string result_of(fuzz::Machine& machine, const std::string& program) {
  std::string result;
  machine.run([&] { result = machine.print(machine.evaluate(program)); });
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto& plain = *new fuzz::Machine;
  static auto& collecting = *new fuzz::Machine(2048);
  std::string body = Generator(data, size).expression();
  std::string program = "let a = 1; b = \"s\"; c = [ 1 2 ]; d = { a = 1; b = { c = 2; }; }; e = x: x; x = 3; in " + body;
  std::string expected = result_of(plain, program);
  if (result_of(collecting, program) != expected) std::abort();
  bool is_data = !expected.starts_with("error") && expected.find('<') == std::string::npos && expected.find("«") == std::string::npos &&
                 expected.size() < 10000;
  if (is_data && result_of(plain, expected) != expected) std::abort();
  return 0;
}
