// What the parts of the diagnoser share: the failed evaluation, the diagnostic in the making, and the texts it points into.
//
// A part looks at the error, and says more or nothing. None evaluates a value that is not known, but for the name of a file.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "evaluator/program.h"
#include "evaluator/vm.h"
#include "parser/parse.h"
#include "stdlib/diagnose.h"

namespace evalctl::stdlib {

struct ModuleError;

class Diagnosis {
 public:
  explicit Diagnosis(evaluator::Vm& vm, const Beside* beside = nullptr);

  evaluator::Vm& vm;
  const evaluator::EvalError& error;
  base::Diagnostic out;
  // Every place that evaluation was at, innermost first.
  std::vector<evaluator::Position> places;

  // ---- Texts
  const evaluator::SourceFile& file(evaluator::Position p) const { return vm.program().files[p.file]; }
  const parser::Tree& tree(std::uint32_t file);
  // The number of a file that was read, or 0.
  std::uint32_t file_number(std::string_view path) const;
  // Of the files there were when it failed: other threads may read more meanwhile. Who asks searches them all.
  std::uint32_t file_count() const {
    auto count = static_cast<std::uint32_t>(shown_paths_.size());
    look_at_file(count - 1);
    return count;
  }
  // Whether something was looked at that would not be there, or not be known, had nothing else been evaluated.
  mutable bool depends_on_others = false;
  bool is_user(evaluator::Position p) const;
  bool is_user_file(std::uint32_t file) const;
  base::SourceRange range_of(std::uint32_t file, parser::Range range) const;
  base::SourceRange range_of(std::uint32_t file, parser::NodeId id) { return range_of(file, tree(file).range(id)); }
  // The expression that begins at a place, a selection as far as the name there. `smallest`: the name alone.
  base::SourceRange range_at(evaluator::Position p, bool smallest);
  // The nodes around an offset, the outermost first.
  std::vector<parser::NodeId> around(std::uint32_t file, std::uint32_t offset);

  // The numbers of the files of the user's own that were read.
  std::vector<std::uint32_t> user_files() const;
  // Calls `take` with each of them, until it returns true.
  void each_user_file(const std::function<bool(std::uint32_t)>& take) const;
  // The value of the innermost `let` binding around a variable that has its name.
  std::optional<parser::NodeId> bound_value(std::uint32_t file, parser::NodeId variable);
  // The value of the binding whose name stands at a place.
  std::optional<parser::NodeId> value_bound_at(evaluator::Position p);
  // The path that a literal stands for.
  std::string path_of(std::uint32_t file, parser::NodeId literal);

  // ---- Values
  // Calls `take` with the words of the frames, innermost first, until it returns true.
  bool any_word(const std::function<bool(evaluator::Value)>& take) const;
  // The word's value where it is known already, else no value.
  evaluator::Value known_value(evaluator::Value word) const;
  // The value that is of the wrong type, as messages show it, or nothing.
  std::string printed_culprit() const { return error.culprit.empty() ? "" : vm.show(error.culprit.front()); }
  // Evaluates a word after all, for the name of a file or so. No value when that fails.
  evaluator::Value force(evaluator::Value word);
  // Where the user's own text makes what the word stands for: the expression of a delayed value, or a set's attribute.
  // Looks into small lists and sets that others made, `depth` times.
  std::optional<evaluator::Position> origin(evaluator::Value word, int depth = 1) const;
  // An attribute of the set in the user's own text, unless the set is a large one of others.
  std::optional<evaluator::Position> own_attribute(evaluator::AttrsObject* set) const;
  // What makes the value in the user's own text: of a set the whole of it, where it is written out.
  std::optional<base::SourceRange> made_here(evaluator::Value value);
  // Where the user's own text binds an attribute of that name in a set that the frames know.
  std::optional<evaluator::Position> attribute_origin(std::string_view name) const;

  // ---- Saying things
  void set_primary(base::SourceRange range, std::string label);
  void add_fix(base::SourceRange range, std::string replacement, std::string title);
  // The primary range: where it went wrong if that is the user's own text, else the innermost place in it.
  void point();
  // Whether the primary range is no more than the innermost place of the user's own on the way to an error elsewhere.
  bool only_led() const { return out.primary && out.primary->text == kLed; }

  // Whether the very value that is wrong was found, where the user's own text binds it.
  bool settled = false;

  // The operand, the argument or the part of a string that failed in the expression at a place.
  std::optional<base::SourceRange> operand_at(evaluator::Position p);
  // Says where in a library the error was reported.
  void report_place(evaluator::Position p);
  // The literal inside of the primary range that is written as the value was printed, where there is one only.
  std::optional<base::SourceRange> literal_in_primary(std::string_view printed);
  // The innermost node of a kind around a place.
  std::optional<parser::NodeId> around_of(std::uint32_t file, std::uint32_t offset, parser::NodeKind kind);

 private:
  void look_at_file(std::uint32_t number) const { depends_on_others |= beside_ && number >= beside_->files; }

  static constexpr std::string_view kLed = "led to the error";
  std::optional<base::SourceRange> argument_at(std::uint32_t file, parser::NodeId call);
  std::optional<base::SourceRange> set_argument(evaluator::Position p);
  std::optional<base::SourceRange> selected_call(evaluator::Position p);
  std::optional<base::SourceRange> main_expression();
  std::optional<evaluator::Position> operand_origin();
  // The first place that is found for a word of the frames. `look` must find it also if more is evaluated: then nothing is found here only
  // where nothing would be without the others.
  std::optional<evaluator::Position> find_in_words(const std::function<std::optional<evaluator::Position>(evaluator::Value)>& look) const;

  const Beside* const beside_;
  enum class Owner : std::uint8_t { Unknown, User, Library };
  std::vector<std::string> shown_paths_;  // by file number
  mutable std::vector<Owner> owners_;     // likewise
  std::map<std::uint32_t, std::unique_ptr<parser::ParseResult>> trees_;
};

// The label of the place that made what a library failed with.
constexpr std::string_view kMade = "comes from here";

// The children of a node, by index.
std::vector<parser::NodeId> children_of(const parser::Tree& tree, parser::NodeId id);
// What a file comes to: its expression without parameters, `let`, `with` and parentheses around it.
parser::NodeId body_of_file(const parser::Tree& tree);
// The arguments of a call, of nested ones all, the first first.
std::vector<parser::NodeId> arguments_of(const parser::Tree& tree, parser::NodeId call);

// True where a function begins that takes a set apart.
bool is_pattern(Diagnosis& d, evaluator::Position p);
// For an argument that is wrong the call matters as much as the function.
void point_at_call(Diagnosis& d);

// A call into a library that failed there: the argument that is to blame.
void diagnose_blame(Diagnosis& d);
// Each part that knows more about an error. The first returns false when the error is none of the module system's.
bool diagnose_modules(Diagnosis& d);
bool diagnose_module_argument(Diagnosis& d);
bool diagnose_imports(Diagnosis& d);
void diagnose_assertions(Diagnosis& d, const ModuleError& error);
std::optional<ModuleError> module_error_without_message(Diagnosis& d);
bool diagnose_flakes(Diagnosis& d);
void diagnose_names(Diagnosis& d);
void diagnose_calls(Diagnosis& d);
void diagnose_types(Diagnosis& d);
void diagnose_syntax(Diagnosis& d);
// After all others have had their say: what `assert`, `throw` and `abort` gave up with.
void diagnose_thrown(Diagnosis& d);
void diagnose_recursion(Diagnosis& d);
// Points at the use of the name that is being bound, inside of what is marked.
void narrow_recursion(Diagnosis& d);
void diagnose_files(Diagnosis& d);
void diagnose_packages(Diagnosis& d);
void diagnose_context(Diagnosis& d);
// The last resort: what the error has to do with in the user's own text, by the names that frames and message quote.
void diagnose_by_names(Diagnosis& d);
// An assertion of the user's own: its condition, found by its message. False when there is none.
bool point_at_own_message(Diagnosis& d);

}  // namespace evalctl::stdlib
