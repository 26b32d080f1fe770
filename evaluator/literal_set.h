// Large sets of literals, whose words are made when they are asked for (see evaluator/attrs.h).
//
// How is told by a recipe among the operands of the body that makes the set:
//
//   number of the code | count of words kept | where each of those stands in the frame | of each attribute, in the order of
//   the shape, where its part begins in the operands | parts
//
// A part begins with the child that the word is a thunk or a closure of, as its number + 1, and behind it stand the words that
// it captures; or with 0 before the one word that it is. In parts, a register means one of the words kept.
//
// Such a set has behind its pages the address of the recipe, in an integer, and the list of the words kept.
#pragma once
#include <cstdint>

#include "evaluator/attrs.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {

// Sets with fewer thunks and closures have them made at once.
constexpr std::uint32_t kLeastDelayedWords = 512;

// `words`: those to be kept.
Value literal_set(Vm& vm, Shape shape, const Operand* recipe, ListObject* words);
// The word of attribute `i` of such a set, made anew.
Value literal_word(Vm& vm, AttrsObject* attrs, std::uint32_t i);

inline std::uint32_t kept_words(const Operand* recipe) { return recipe[1]; }
inline const Operand* kept_operands(const Operand* recipe) { return recipe + 2; }

}  // namespace evalctl::evaluator
