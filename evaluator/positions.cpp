#include "evaluator/positions.h"

#include <algorithm>
#include <atomic>
#include <boost/container/small_vector.hpp>
#include <mutex>

#include "base/light_mutex.h"
#include "evaluator/number_table.h"
#include "evaluator/shape.h"
#include "evaluator/vm.h"

namespace evalctl::evaluator {
namespace {

enum class How : std::uint8_t { Listed, Merged, Derived };

struct Positions {
  How how;
  // How many steps at most lead to a list.
  std::uint8_t depth;
  // The same, derived; made on first use.
  mutable std::atomic<std::uint32_t> derived;
  // What was made of it first by merging: most are merged in one way only.
  mutable std::atomic<std::uint32_t> merged;
  // listed: how many, and behind them the list; merged: left, right and plan; derived: of what.
  std::uint32_t parts[];
  const Position* list() const { return reinterpret_cast<const Position*>(parts + 1); }
};

// Sets that are updated over and over are listed every now and then, so that asking ends soon, and so that circles end.
constexpr std::uint8_t kMostDepth = 12;

// Of merged positions those that neither side names as `merged`, since each was merged in another way before.
struct Tables {
  base::LightMutex mutex;
  NumberTable<Positions> lists, merges;
};

Tables& tables() {
  static Tables* instance = new Tables;
  return *instance;
}

Positions* make(How how, std::uint8_t depth, std::size_t parts) {
  auto* made = static_cast<Positions*>(allocate_permanent(sizeof(Positions) + parts * sizeof(std::uint32_t)));
  made->how = how;
  made->depth = depth;
  made->derived.store(0, std::memory_order_relaxed);
  made->merged.store(0, std::memory_order_relaxed);
  return made;
}

std::uint8_t depth_of(std::uint32_t positions) { return positions == 0 ? 0 : permanent_at<const Positions>(positions)->depth; }

bool is_derived(std::uint32_t positions) { return positions == 0 || permanent_at<const Positions>(positions)->how == How::Derived; }

std::uint32_t list_merged(std::uint32_t left, std::uint32_t right, const UpdatePlan& plan) {
  boost::container::small_vector<Position, 32> list(plan.count);
  for (std::uint32_t i = 0; i < plan.count; ++i)
    list[i] = position_at(plan.sources[i] & 1 ? right : left, plan.sources[i] >> 1);
  return listed_positions(list.data(), plan.count);
}

std::uint32_t make_merged(std::uint8_t depth, std::uint32_t left, std::uint32_t right, std::uint32_t plan) {
  Positions* made = make(How::Merged, depth, 3);
  made->parts[0] = left;
  made->parts[1] = right;
  made->parts[2] = plan;
  return permanent_number(made);
}

}  // namespace

Position position_at(std::uint32_t positions, std::uint32_t i) {
  bool derived = false;
  while (positions != 0) {
    const auto& all = *permanent_at<const Positions>(positions);
    if (all.how == How::Listed) {
      Position position = all.list()[i];
      position.derived |= derived;
      return position;
    }
    if (all.how == How::Merged) {
      std::uint32_t source = permanent_at<const UpdatePlan>(all.parts[2])->sources[i];
      positions = all.parts[source & 1];
      i = source >> 1;
    } else {
      derived = true;
      positions = all.parts[0];
    }
  }
  return {};
}

std::uint32_t literal_positions(const Position* list, std::uint32_t count) {
  if (count == 0) return 0;
  Positions* made = make(How::Listed, 0, 1 + std::size_t{2} * count);
  made->parts[0] = count;
  std::copy(list, list + count, reinterpret_cast<Position*>(made->parts + 1));
  return permanent_number(made);
}

std::uint32_t listed_positions(const Position* list, std::uint32_t count) {
  if (std::all_of(list, list + count, [](const Position& p) { return p == Position{}; })) return 0;
  std::uint64_t hash = count;
  for (std::uint32_t i = 0; i < count; ++i)
    hash = add_to_hash(hash, (std::uint64_t{list[i].file} << 1 | list[i].derived) << 32 | list[i].offset);
  Tables& t = tables();
  std::lock_guard lock(t.mutex);
  std::uint32_t number = t.lists.find(hash, [&](const Positions& known) {
    return known.parts[0] == count && std::equal(list, list + count, known.list());
  });
  if (number == 0) t.lists.insert(hash, number = literal_positions(list, count));
  return number;
}

void fetch_positions(std::uint32_t positions) {
  if (positions != 0) __builtin_prefetch(permanent_at<const Positions>(positions));
}

std::uint32_t merged_positions(std::uint32_t left, std::uint32_t right, std::uint32_t plan) {
  if ((left == 0 && right == 0) || permanent_at<const UpdatePlan>(plan)->all_right) return right;
  std::uint8_t depth = std::max(depth_of(left), depth_of(right)) + 1;
  if (depth > kMostDepth) return list_merged(left, right, *permanent_at<const UpdatePlan>(plan));
  auto is_same = [&](const Positions& known) { return known.parts[0] == left && known.parts[1] == right && known.parts[2] == plan; };
  auto known_beside = [&](std::uint32_t side) -> std::uint32_t {
    std::uint32_t merged = side == 0 ? 0 : permanent_at<const Positions>(side)->merged.load(std::memory_order_acquire);
    return merged != 0 && is_same(*permanent_at<const Positions>(merged)) ? merged : 0;
  };
  if (std::uint32_t known = known_beside(left)) return known;
  if (std::uint32_t known = known_beside(right)) return known;
  Tables& t = tables();
  std::lock_guard lock(t.mutex);
  for (std::uint32_t side : {left, right}) {
    if (side == 0) continue;
    if (std::uint32_t known = known_beside(side)) return known;
    auto& merged = permanent_at<const Positions>(side)->merged;
    if (merged.load(std::memory_order_relaxed) != 0) continue;
    std::uint32_t made = make_merged(depth, left, right, plan);
    merged.store(made, std::memory_order_release);
    return made;
  }
  std::uint64_t hash = add_to_hash(add_to_hash(plan, left), right);
  std::uint32_t number = t.merges.find(hash, is_same);
  if (number == 0) t.merges.insert(hash, number = make_merged(depth, left, right, plan));
  return number;
}

std::uint32_t derived_positions(std::uint32_t positions) {
  if (is_derived(positions)) return positions;
  const auto& of = *permanent_at<const Positions>(positions);
  if (std::uint32_t known = of.derived.load(std::memory_order_acquire)) return known;
  std::lock_guard lock(tables().mutex);
  if (std::uint32_t known = of.derived.load(std::memory_order_acquire)) return known;
  Positions* made = make(How::Derived, of.depth, 1);
  made->parts[0] = positions;
  of.derived.store(permanent_number(made), std::memory_order_release);
  return permanent_number(made);
}

std::uint32_t common_positions(const Shape& shape) {
  if (shape.positions == 0 || permanent_at<const Positions>(shape.positions)->depth == 0) return shape.positions;
  boost::container::small_vector<Position, 32> list(shape->count);
  for (std::uint32_t i = 0; i < shape->count; ++i) list[i] = shape.position(i);
  return listed_positions(list.data(), shape->count);
}

}  // namespace evalctl::evaluator
