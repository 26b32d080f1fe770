#include "evaluator/context.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>

namespace evalctl::evaluator {
namespace {

struct Less {
  bool operator()(const Context* a, const Context* b) const { return a->elements() < b->elements(); }
};

struct Table {
  std::mutex mutex;
  std::unordered_set<std::string> texts;
  std::set<const Context*, Less> all;
  std::map<std::pair<const Context*, const Context*>, const Context*> merged;
};

Table& table() {
  static Table* instance = new Table;
  return *instance;
}

}  // namespace

const Context* make_context(std::vector<ContextElement> elements) {
  if (elements.empty()) return nullptr;
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  Context candidate(std::move(elements));
  Table& t = table();
  std::lock_guard lock(t.mutex);
  if (auto it = t.all.find(&candidate); it != t.all.end()) return *it;
  elements = candidate.elements();
  for (ContextElement& e : elements) {
    e.path = *t.texts.emplace(e.path).first;
    e.output = *t.texts.emplace(e.output).first;
  }
  elements.shrink_to_fit();
  return *t.all.insert(new Context(std::move(elements))).first;
}

const Context* merge(const Context* a, const Context* b) {
  if (!a || a == b) return b;
  if (!b) return a;
  if (b < a) std::swap(a, b);
  Table& t = table();
  {
    std::lock_guard lock(t.mutex);
    if (auto it = t.merged.find({a, b}); it != t.merged.end()) return it->second;
  }
  std::vector<ContextElement> both;
  std::set_union(a->elements().begin(), a->elements().end(), b->elements().begin(), b->elements().end(),
                 std::back_inserter(both));
  const Context* result = make_context(std::move(both));
  std::lock_guard lock(t.mutex);
  t.merged.emplace(std::pair{a, b}, result);
  return result;
}

}  // namespace evalctl::evaluator
