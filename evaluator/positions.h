// Where the attributes of a set were written, by a number. Most sets are never asked, so what `//` and mapAttrs make of others only
// says which these are:
//
//   0        nowhere, all of them
//   listed   a Position for each name, in their order
//   merged   those of `left // right`, by the plan that merged the names
//   derived  those of another set, as told of what mapAttrs made
//
// Positions that are made in the same way have the same number. All is thread-safe.
#pragma once
#include <cstdint>

namespace evalctl::evaluator {

struct Position;
struct Shape;

Position position_at(std::uint32_t positions, std::uint32_t i);

// Of that list; equal ones have the same number.
std::uint32_t listed_positions(const Position* list, std::uint32_t count);
// Of the list of a literal, which nothing else has: it is not looked for.
std::uint32_t literal_positions(const Position* list, std::uint32_t count);
// `plan`: number of the UpdatePlan.
std::uint32_t merged_positions(std::uint32_t left, std::uint32_t right, std::uint32_t plan);
// To be called for each side a little before.
void fetch_positions(std::uint32_t positions);
std::uint32_t derived_positions(std::uint32_t positions);

// A number that is the same for equal positions where that costs little: of what was merged, that of the list.
std::uint32_t common_positions(const Shape& shape);

}  // namespace evalctl::evaluator
