#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "evaluator/shape.h"
#include "evaluator/symbol.h"

using namespace evalctl::evaluator;

namespace {

// `count` names, no two neighbours of which are neighbours among all symbols.
std::vector<Symbol> names_from(std::uint32_t first, std::uint32_t count) {
  std::vector<Symbol> names;
  for (std::uint32_t i = 0; i < count; ++i) names.push_back({first + 2 * i});
  return names;
}

}  // namespace

TEST_CASE("names of sets are found where they stand, and others are not found") {
  for (std::uint32_t count : {0u, 1u, 2u, 3u, 4u, 5u, 8u, 23u, 24u, 25u, 255u, 256u, 300u, 70000u}) {
    std::vector<Symbol> names = names_from(11, count);
    const Names& known = *permanent_at<const Names>(number_names(names.data(), count));
    INFO(count << " names");
    REQUIRE(known.count == count);
    for (std::uint32_t i = 0; i < count; ++i) {
      REQUIRE(known.find(names[i]) == static_cast<int>(i));
      REQUIRE(known.find({names[i].id + 1}) == -1);
    }
    CHECK(known.find({10}) == -1);
    CHECK(known.find({0}) == -1);
  }
}

TEST_CASE("the same names have the same number, whichever thread asks first") {
  constexpr std::uint32_t kLists = 5000, kMost = 7;
  auto number = [](std::uint32_t list) {
    std::vector<Symbol> names = names_from(1000 + list, 1 + list % kMost);
    return number_names(names.data(), static_cast<std::uint32_t>(names.size()));
  };
  std::vector<std::vector<std::uint32_t>> numbers(4, std::vector<std::uint32_t>(kLists));
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < numbers.size(); ++t)
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < kLists; ++i) {
        std::uint32_t list = (i * 7 + t * kLists / 4) % kLists;
        numbers[t][list] = number(list);
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& other : numbers) CHECK(other == numbers[0]);
  for (std::uint32_t list = 1; list < kLists; ++list) REQUIRE(numbers[0][list] != numbers[0][list - 1]);
}

TEST_CASE("canonical paths") {
  using evalctl::base::canonical_path;
  for (const char* same : {"/", "/a", "/a/b.c/d", "/a/.hidden", "/a/..b", "/.a/b"}) CHECK(canonical_path(same) == same);
  CHECK(canonical_path("") == "/");
  CHECK(canonical_path("a/b") == "/a/b");
  CHECK(canonical_path("//") == "/");
  CHECK(canonical_path("/a/") == "/a");
  CHECK(canonical_path("/a//b///") == "/a/b");
  CHECK(canonical_path("/a/./b/.") == "/a/b");
  CHECK(canonical_path("/a/../b") == "/b");
  CHECK(canonical_path("/a/b/..") == "/a");
  CHECK(canonical_path("/../../a") == "/a");
  CHECK(canonical_path("/a/../..") == "/");
  CHECK(canonical_path("/a/.../b") == "/a/.../b");
}
