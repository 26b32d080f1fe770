// The pieces of a .drv's text, which follow each other: outputs, inputs, sources, tail.
//
// A derivation is hashed several times, with and without the paths of its outputs, with its inputs named by their paths and
// by hashes; most of the text is the same each time and made once.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/derivation.h"

namespace evalctl::store {

using DrvOutputs = std::map<std::string, DerivationOutput>;

// The outputs; with `mask`, without their paths.
std::string aterm_outputs(const DrvOutputs& outputs, bool mask);

// Names of inputs, each with one of its outputs that is used, or with none ("" without address); sorted, no duplicates.
using NamedInputs = std::vector<std::pair<std::string_view, std::string_view>>;
std::string aterm_inputs(const NamedInputs& inputs);
NamedInputs named_inputs(const DrvInputs& inputs);

std::string aterm_sources(const std::vector<std::string_view>& sources);

// What follows the sources: system, builder, arguments, environment.
struct AtermTail {
  std::string text;
  // Where in `text` the paths of outputs are left out, and of which.
  std::vector<std::pair<std::size_t, std::string_view>> gaps;

  // The text with the paths of `outputs`, which need no escapes, in the gaps.
  std::string filled(const DrvOutputs& outputs) const;
};

// A variable of the environment that is known before the others: that of an output. Without a value: a gap.
struct OutputVariable {
  std::string_view name;
  std::optional<std::string_view> value;
};

// Makes a tail of arguments and variables as they become known. The names of variables are kept as they are given, and have to
// live on; all other texts are copied at once.
class TailWriter {
 public:
  TailWriter();
  ~TailWriter();
  TailWriter(const TailWriter&) = delete;
  TailWriter& operator=(const TailWriter&) = delete;
  void add_argument(std::string_view text);
  // In the order of their names, each once.
  void add_variable(std::string_view name, std::string_view value);
  // `outputs`: sorted by name; they replace variables of the same name. The gaps keep their names.
  AtermTail finish(std::string_view system, std::string_view builder, const std::vector<OutputVariable>& outputs) const;

 private:
  struct Variable {
    std::string_view name;
    std::size_t from;  // in variables_
  };
  std::string arguments_, variables_;  // "item,item"; each variable "(name,value)", without commas between them
  std::vector<Variable> starts_;
};

// A derivation in the making. The texts that it views have to live until it is made.
struct Draft {
  std::string name;  // of the derivation, without ".drv"
  DrvOutputs outputs;
  NamedInputs inputs;  // by the paths of their .drv
  std::vector<std::string_view> sources;  // sorted, no duplicates
  AtermTail tail;

  bool is_fixed() const { return outputs.size() == 1 && outputs.begin()->first == "out" && outputs.begin()->second.is_fixed(); }
};

// Views `derivation`. With `mask`, the environment has gaps instead of the paths of outputs.
Draft draft_of(const Derivation& derivation, std::string name, bool mask);

}  // namespace evalctl::store
