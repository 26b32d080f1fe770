#include "store/derivation.h"

#include <catch2/catch.hpp>

#include "store/hash_modulo.h"

using namespace evalctl;
using namespace evalctl::store;

namespace {

Derivation example() {
  Derivation d;
  d.outputs["out"] = {"/nix/store/ffffffffffffffffffffffffffffffff-a", "", ""};
  d.outputs["dev"] = {"", "r:sha256", ""};
  d.input_drvs["/nix/store/00000000000000000000000000000000-b.drv"] = {"out", "lib"};
  d.input_srcs = {"/nix/store/11111111111111111111111111111111-c"};
  d.system = "x86_64-linux";
  d.builder = "/bin/sh";
  d.args = {"-c", "echo \"quoted\" \\ \n\r\t end"};
  d.env = {{"empty", ""}, {"out", "/nix/store/ffffffffffffffffffffffffffffffff-a"}, {"raw", "\x01\xff ü"}};
  return d;
}

}  // namespace

TEST_CASE("derivations are written as Nix writes them") {
  Derivation d;
  d.outputs["out"] = {"/p", "sha256", "00"};
  d.system = "s";
  d.builder = "b";
  d.args = {"x\ny"};
  d.env = {{"k", "\"v\""}};
  CHECK(to_aterm(d) == R"(Derive([("out","/p","sha256","00")],[],[],"s","b",["x\ny"],[("k","\"v\"")]))");
}

TEST_CASE("masked outputs are empty, in the environment too") {
  std::string text = to_aterm(example(), true);
  CHECK(text.find("ffffffff") == text.npos);
  CHECK(text.find(R"(("out","","",""))") != text.npos);
  CHECK(text.find(R"(("out",""))") != text.npos);
}

TEST_CASE("derivations are read back") {
  Derivation d = example();
  auto read = parse_aterm(to_aterm(d));
  REQUIRE(read);
  CHECK(to_aterm(*read) == to_aterm(d));
  CHECK(read->env == d.env);
  CHECK(read->args == d.args);
  CHECK(read->input_drvs == d.input_drvs);
}

TEST_CASE("inputs that are built by derivations stand inside of those") {
  Derivation d;
  const std::string base = "/nix/store/00000000000000000000000000000000-b.drv";
  d.input_drvs = {{base, {"out"}}, {base + "!dev!out", {"lib"}}, {base + "!out", {"dev", "out"}}};
  std::string text = to_aterm(d);
  CHECK(text == R"(DrvWithVersion("xp-dyn-drv",[],[(")" + base +
                    R"(",(["out"],[("dev",([],[("out",["lib"])])),("out",["dev","out"])]))],[],"","",[],[]))");
  auto read = parse_aterm(text);
  REQUIRE(read);
  CHECK(read->input_drvs == d.input_drvs);
  std::string deep = R"(DrvWithVersion("xp-dyn-drv",[],[("/x")";
  for (int i = 0; i < 100'000; ++i) deep += R"(,([],[("out")";
  CHECK_FALSE(parse_aterm(deep));
}

TEST_CASE("a text that is cut anywhere is refused with a place") {
  std::string text = to_aterm(example());
  for (std::size_t size = 0; size < text.size(); ++size) {
    auto read = parse_aterm(std::string_view(text).substr(0, size));
    REQUIRE_FALSE(read);
    CHECK(read.error().message.find("at byte") != std::string::npos);
  }
  CHECK_FALSE(parse_aterm(text + " "));
}

TEST_CASE("outputs and inputs are named once") {
  CHECK_FALSE(parse_aterm(R"(Derive([("out","","",""),("out","","","")],[],[],"s","b",[],[]))"));
  CHECK_FALSE(parse_aterm(R"(Derive([("","","","")],[],[],"s","b",[],[]))"));
  CHECK_FALSE(parse_aterm(R"(Derive([("out","","","")],[("/a",["out"]),("/a",["dev"])],[],"s","b",[],[]))"));
}

TEST_CASE("kinds of outputs") {
  DerivationOutput by_inputs{"/p", "", ""}, fixed{"/p", "sha256", "00"}, floating{"", "r:sha256", ""}, impure{"", "r:sha256", "impure"};
  CHECK_FALSE(by_inputs.is_fixed());
  CHECK(fixed.is_fixed());
  CHECK(floating.is_floating());
  CHECK(impure.is_impure());
  CHECK_FALSE(impure.is_fixed());
  CHECK_FALSE(impure.is_floating());
}

TEST_CASE("paths wait for inputs that are addressed by content") {
  DerivationHashes hashes;
  Derivation floating;
  floating.outputs["out"] = {"", "r:sha256", ""};
  floating.system = floating.builder = "x";
  std::string text;
  auto write = [&](const std::string&, std::string_view written) {
    text = written;
    return evalctl::base::Result<void>();
  };
  auto known = hashes.add(floating, "floating", write);
  REQUIRE(known);
  CHECK((*known)->deferred);
  Derivation user;
  user.outputs["out"];
  user.env["out"] = "";
  user.system = user.builder = "x";
  Derivation plain = user;
  user.input_drvs[(*known)->path] = {"out"};
  auto made_user = hashes.add(user, "user", write);
  REQUIRE(made_user);
  CHECK((*made_user)->output("out")->empty());
  auto made_plain = hashes.add(plain, "plain", write);
  REQUIRE(made_plain);
  const std::string& path = *(*made_plain)->output("out");
  CHECK(path.ends_with("-plain"));
  CHECK(parse_aterm(text)->outputs["out"].path == path);
  CHECK(parse_aterm(text)->env["out"] == path);
  // The second time there is nothing to write.
  text.clear();
  CHECK(*hashes.add(plain, "plain", write) == *made_plain);
  CHECK(text.empty());
  CHECK(*hashes.add(plain, "simple", write) != *made_plain);
}
