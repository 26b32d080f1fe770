#include "evaluator/symbol.h"

#include <deque>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <atomic>

namespace evalctl::evaluator {
namespace {

// Texts are kept in pages so that text_of needs no lock: a page never moves once it is there.
constexpr std::uint32_t kPageBits = 12;
constexpr std::uint32_t kPages = 1 << 14;

struct Table {
  std::shared_mutex mutex;
  std::unordered_map<std::string_view, std::uint32_t> ids;
  std::deque<std::string> texts;
  std::atomic<std::string_view*> pages[kPages] = {};
  std::uint32_t next = 1;  // 0 is no symbol
};

Table& table() {
  static Table* instance = new Table;
  return *instance;
}

}  // namespace

Symbol intern(std::string_view text) {
  Table& t = table();
  {
    std::shared_lock lock(t.mutex);
    if (auto it = t.ids.find(text); it != t.ids.end()) return {it->second};
  }
  std::unique_lock lock(t.mutex);
  if (auto it = t.ids.find(text); it != t.ids.end()) return {it->second};
  const std::string& kept = t.texts.emplace_back(text);
  std::uint32_t id = t.next++;
  auto& page = t.pages[id >> kPageBits];
  if (!page.load()) page.store(new std::string_view[1 << kPageBits]);
  page.load()[id & ((1 << kPageBits) - 1)] = kept;
  t.ids.emplace(kept, id);
  return {id};
}

std::string_view text_of(Symbol symbol) {
  auto* page = table().pages[symbol.id >> kPageBits].load(std::memory_order_acquire);
  return page ? page[symbol.id & ((1 << kPageBits) - 1)] : std::string_view{};
}

}  // namespace evalctl::evaluator
