#include "store/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

using namespace evalctl::store;

namespace {

struct Ends {
  Ends() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0); }
  int both[2];
};

}  // namespace

TEST_CASE("what is put arrives") {
  Ends ends;
  Wire writer(ends.both[0], ends.both[0]), reader(ends.both[1], ends.both[1]);
  std::string large(300000, 'x');
  std::thread other([&] {
    writer.put(std::uint64_t{1} << 63 | 5);
    writer.put(std::string_view("seven77"));
    writer.put_all({"b", "a"});
    writer.put(std::string_view(large));
    FramedWriter frames(writer);
    frames.put(std::string_view("in a frame"));
    frames.finish();
    writer.flush();
  });
  CHECK(reader.number() == (std::uint64_t{1} << 63 | 5));
  CHECK(reader.text() == "seven77");
  CHECK(reader.texts() == std::vector<std::string>{"a", "b"});
  CHECK(reader.text() == large);
  CHECK(reader.number() == 8 + 16);
  CHECK(reader.text() == "in a frame");
  CHECK(reader.number() == 0);
  CHECK(reader.ok());
  other.join();
}

TEST_CASE("the first failure sticks") {
  Ends ends;
  Wire reader(ends.both[1], ends.both[1]);
  {
    Wire writer(ends.both[0], ends.both[0]);
    writer.put(std::uint64_t{1} << 40);
    writer.flush();
  }
  CHECK(reader.text().empty());
  CHECK_FALSE(reader.ok());
  std::string failure = reader.failure();
  CHECK(failure.find("1099511627776 bytes") != failure.npos);
  CHECK(reader.number() == 0);
  CHECK(reader.texts().empty());
  CHECK(reader.failure() == failure);
}

TEST_CASE("a connection that ends is an error") {
  Ends ends;
  Wire reader(ends.both[1], ends.both[1]);
  close(ends.both[0]);
  CHECK(reader.number() == 0);
  CHECK(reader.failure().find("closed") != std::string::npos);
}
