// Mutations of what a server sends: cut, changed and joined. The same ones in each run.

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "http2/session.hpp"
#include "support/http2_peer.hpp"

namespace cppworker::http2 {
namespace {

using test_support::Http2Peer;

constexpr int kMutations = 20'000;

class FuzzedStream final : public Stream {
 public:
  explicit FuzzedStream(Session& session) : session_(session) {}
  void on_header(Block, std::string_view name, std::string_view) override {
    EXPECT_TRUE(is_open());
    EXPECT_FALSE(name.empty());
  }
  void on_data(std::string_view bytes) override {
    EXPECT_TRUE(is_open());
    session_.consume(*this, bytes.size());
  }
  void on_end(const StreamEnd&) override { ++ends; }
  int ends = 0;

 private:
  Session& session_;
};

class Discard final : public Output {
 public:
  void write(std::string_view bytes) override { size += bytes.size(); }
  std::size_t size = 0;
};

constexpr std::array<Header, 4> kGet{
    {{":method", "GET"}, {":scheme", "http"}, {":path", "/x"}, {":authority", "shop.test"}}};

/// What a server sends in a conversation with two requests.
std::string recorded() {
  struct Kept final : Output {
    void write(std::string_view bytes) override { sent += bytes; }
    std::string sent;
  } output;
  Session session(output);
  FuzzedStream one(session);
  FuzzedStream two(session);
  Http2Peer peer;
  std::string received;
  const auto exchange = [&] {
    for (;;) {
      peer.receive(std::exchange(output.sent, {}));
      const std::string bytes = peer.output();
      if (bytes.empty()) return;
      received += bytes;
      EXPECT_TRUE(session.receive(bytes));
    }
  };
  session.open(one, kGet, "body", true);
  session.open(two, kGet, "", false);
  exchange();
  peer.inform(1, {{":status", "103"}});
  peer.respond(1, {{":status", "200"}, {"a", "b"}}, "answer", {{"grpc-status", "0"}});
  peer.ping();
  peer.reset(3, 8);
  exchange();
  EXPECT_EQ(one.ends + two.ends, 2);
  return received;
}

std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (std::size_t changes = below(4) + 1; changes > 0; --changes) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(5)) {
      case 0:
        bytes.erase(at, below(12) + 1);
        break;
      case 1:
        bytes.insert(at, bytes.substr(below(bytes.size() + 1), below(40)));
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(static_cast<unsigned char>(below(256))));
        break;
      case 3:
        bytes.resize(at);
        break;
      default:
        if (at < bytes.size()) {
          bytes[at] = static_cast<char>(static_cast<unsigned char>(below(256)));
        }
    }
  }
  return bytes;
}

TEST(Http2Fuzz, EveryStreamEndsOnce) {
  const std::string conversation = recorded();
  std::mt19937 random(1);  // NOLINT: the same mutations in each run
  for (int i = 0; i < kMutations; ++i) {
    const std::string bytes = mutated(conversation, random);
    Discard output;
    Session session(output);
    FuzzedStream one(session);
    FuzzedStream two(session);
    session.open(one, kGet, "body", true);
    session.open(two, kGet, "", false);
    const std::size_t step = random() % 50 + 1;
    bool is_alive = true;
    for (std::size_t at = 0; at < bytes.size() && is_alive; at += step) {
      is_alive = session.receive(std::string_view(bytes).substr(at, step));
    }
    if (is_alive && session.takes_requests()) {
      FuzzedStream three(session);
      session.open(three, kGet, "", true);
      session.reset(three, 8);
    }
    session.close("the end");
    EXPECT_EQ(one.ends, 1) << i;
    EXPECT_EQ(two.ends, 1) << i;
    EXPECT_LT(output.size, 10'000U) << i;
  }
}

}  // namespace
}  // namespace cppworker::http2
