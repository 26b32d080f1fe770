// The pieces of a .drv's text, which follow each other: outputs, inputs, rest.
//
// A derivation is hashed several times, with and without the paths of its outputs, with its inputs named by their paths and
// by hashes; most of the text is the same each time and made once.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/derivation.h"

namespace evalctl::store {

using DrvOutputs = std::map<std::string, DerivationOutput>;

// The outputs; with `mask`, without their paths.
std::string aterm_outputs(const DrvOutputs& outputs, bool mask);

// Names of inputs and which of their outputs are used; sorted by name.
using NamedInputs = std::vector<std::pair<std::string_view, const std::set<std::string>*>>;
std::string aterm_inputs(const NamedInputs& inputs);
NamedInputs named_inputs(const DrvInputs& inputs);

// What follows the inputs.
struct AtermRest {
  std::string text;
  // Where in `text` the paths of outputs are left out.
  std::vector<std::pair<std::size_t, std::string_view>> gaps;

  // With `mask`, env has no paths of outputs. Refers to the derivation's texts.
  AtermRest(const Derivation& derivation, bool mask);
  // The text with the paths of `outputs`, which need no escapes, in the gaps.
  std::string filled(const DrvOutputs& outputs) const;
};

}  // namespace evalctl::store
