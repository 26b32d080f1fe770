#include "parser/name_table.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using evalctl::parser::NameTable;

TEST_CASE("a name table numbers names in order of appearance") {
  NameTable table(4);
  CHECK(table.intern("a") == 0);
  CHECK(table.intern("") == 1);
  CHECK(table.intern("a") == 0);
  CHECK(table.intern("exactly8") == 2);
  CHECK(table.intern("exactly8+") == 3);
  CHECK(table.text(2) == "exactly8");
  CHECK(table.size() == 4);
}

TEST_CASE("a name table grows beyond the guess and keeps its numbers") {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("name" + std::to_string(i));
  NameTable table(1);
  for (std::uint32_t i = 0; i < names.size(); ++i) REQUIRE(table.intern(names[i]) == i);
  for (std::uint32_t i = 0; i < names.size(); ++i) REQUIRE(table.intern(names[i]) == i);
  CHECK(table.size() == names.size());
}

TEST_CASE("names that differ in one byte only are different") {
  NameTable table(16);
  std::string name = "a-name-longer-than-sixteen-bytes";
  std::uint32_t first = table.intern(name);
  std::vector<std::string> others(name.size(), name);
  for (std::size_t i = 0; i < others.size(); ++i) {
    others[i][i] = '!';
    CHECK(table.intern(others[i]) != first);
  }
  CHECK(table.size() == name.size() + 1);
}
