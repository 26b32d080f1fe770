#include "store/store_path.h"

#include <catch2/catch.hpp>

using namespace evalctl;
using namespace evalctl::store;

TEST_CASE("names of store objects") {
  for (const char* name : {"a", "hello-2.12.1", "a+b_c?d=e", "...", ".a", "..a"}) CHECK(check_name(name));
  for (const char* name : {"", ".", "..", ".-a", "..-a", "a b", "a/b", "é", "a\nb"}) CHECK_FALSE(check_name(name));
  CHECK(check_name(std::string(211, 'a')));
  CHECK_FALSE(check_name(std::string(212, 'a')));
}

TEST_CASE("store paths are told from other paths") {
  std::string digits = "0123456789abcdfghijklmnpqrsvwxyz";
  CHECK(is_store_path("/nix/store/" + digits + "-name"));
  CHECK_FALSE(is_store_path("/nix/store/" + digits + "-"));
  CHECK_FALSE(is_store_path("/nix/store/" + digits));
  CHECK_FALSE(is_store_path("/nix/store/" + digits + "-name/file"));
  CHECK_FALSE(is_store_path("/nix/store/e123456789abcdfghijklmnpqrsvwxyz-name"));
  CHECK_FALSE(is_store_path("/nix/stor_/" + digits + "-name"));
  CHECK_FALSE(is_store_path("/nix/store/x.drv"));
}

TEST_CASE("placeholders") {
  // Of Nix's manual.
  CHECK(placeholder("out") == "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9");
  CHECK(output_name("name", "out") == "name");
  CHECK(output_name("name", "dev") == "name-dev");
}

TEST_CASE("paths made of contents") {
  // As `nix-store --add-fixed` and `builtins.toFile` of Nix 2.8 make them.
  CHECK(make_text_path("words", "some words", {}) == "/nix/store/a3n3yqzy5jh9g07pki6hby44rz2ii9iv-words");
  base::Hash flat = base::hash_bytes(base::HashAlgorithm::Sha256, "some words");
  CHECK(make_fixed_path(FileMethod::Flat, flat, "words") == "/nix/store/2sfrhm70wm52az0qrc2a3cyx120plbmf-words");
}
