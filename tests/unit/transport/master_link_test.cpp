#include "transport/master_link.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.hpp>

namespace cppworker::transport {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr int kTooLong = 20'000;  // ms

/// The master's side of the wire.
class Router {
 public:
  explicit Router(const std::string& endpoint = "tcp://127.0.0.1:*") { bind(endpoint); }

  void bind(const std::string& endpoint) {
    socket_ = zmq::socket_t(context_, zmq::socket_type::router);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvtimeo, kTooLong);
    socket_.set(zmq::sockopt::rcvhwm, 16);  // what a master that does not read takes
    socket_.set(zmq::sockopt::router_mandatory, true);
    socket_.bind(endpoint);
    endpoint_ = socket_.get(zmq::sockopt::last_endpoint);
  }
  /// ZeroMQ closes sockets in the background: only the end of the context says that it is done.
  void close() {
    socket_.close();
    context_.close();
  }
  void restart() {
    context_ = zmq::context_t();
    bind(endpoint_);
  }

  [[nodiscard]] int port() const { return std::stoi(endpoint_.substr(endpoint_.rfind(':') + 1)); }

  /// The frames of one message, the sender's identity first.
  std::vector<std::string> receive() {
    std::vector<std::string> frames;
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame)) return {"nothing came"};
      frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
  }

  void send(const std::vector<std::string>& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const bool more = i + 1 < frames.size();
      socket_.send(zmq::buffer(frames[i]), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::string endpoint_;
};

/// A TCP port whose owner knows nothing of ZeroMQ.
class PlainServer {
 public:
  PlainServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
  }
  ~PlainServer() { ::close(listener_); }

  [[nodiscard]] int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  void answer_one(const std::string& bytes) {
    pollfd watched{listener_, POLLIN, 0};
    ASSERT_EQ(poll(&watched, 1, kTooLong), 1);
    const int connection = accept(listener_, nullptr, nullptr);
    ASSERT_EQ(write(connection, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::close(connection);
  }

 private:
  int listener_;
};

/// The address of every name; none: lookups fail.
class Names {
 public:
  void set(const std::string& address) {
    const std::lock_guard lock(mutex_);
    address_ = address;
  }
  net::Resolver resolver{[this](const std::string&) -> net::LookupResult {
    const std::lock_guard lock(mutex_);
    if (address_.empty()) return {.gai_error = EAI_AGAIN, .addresses = {}};
    return {.addresses = {net::SocketAddress::parse(address_).value()}};
  }};

 private:
  std::mutex mutex_;
  std::string address_ = "127.0.0.1";
};

class MasterLinkTest : public testing::Test {
 protected:
  void open(int port, const std::string& host = "127.0.0.1") {
    MasterLinkOptions options;
    options.host = host;
    open(port, options);
  }
  void open(int port, MasterLinkOptions options) {
    if (options.host.empty()) options.host = "127.0.0.1";
    options.port = port;
    options.identity = "host_1";
    link.emplace(options, names.resolver);
    link->reopen();
  }

  /// The next event of one kind; others before it are skipped and counted.
  template <typename E>
  std::optional<E> wait_for() {
    skipped = 0;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTooLong);
    while (std::chrono::steady_clock::now() < give_up) {
      while (auto event = link->next_event()) {
        if (auto* wanted = std::get_if<E>(&*event)) return *wanted;
        ++skipped;
      }
      pollfd watched{link->fd(), POLLIN, 0};
      if (poll(&watched, 1, kTooLong) != 1) break;
    }
    return std::nullopt;
  }

  bool up() { return wait_for<MasterLink::Up>().has_value(); }
  /// The router can send only to whom it has heard of.
  bool known_to_router() { return link->send("hello") && router.receive().back() == "hello"; }
  bool down() { return wait_for<MasterLink::Down>().has_value(); }
  std::string received() {
    return wait_for<MasterLink::Received>().value_or(MasterLink::Received{"nothing came"}).bytes;
  }
  std::string trouble() {
    return wait_for<MasterLink::Trouble>().value_or(MasterLink::Trouble{"none"}).text;
  }

  /// A master that the old one's name leads to from now on.
  Router moved() {
    names.set("127.0.0.2");
    return Router("tcp://127.0.0.2:" + std::to_string(router.port()));
  }

  Router router;
  Names names;
  std::optional<MasterLink> link;
  int skipped = 0;
};

TEST_F(MasterLinkTest, IsUpWhenTheMasterIsThere) {
  open(router.port());
  EXPECT_TRUE(up());
}

TEST_F(MasterLinkTest, CanSendAsSoonAsItIsUp) {
  open(router.port());
  ASSERT_TRUE(up());
  EXPECT_TRUE(link->send("hello"));
  EXPECT_EQ(router.receive(), (std::vector<std::string>{"host_1", "hello"}));
}

TEST_F(MasterLinkTest, SendsNothingBeforeItIsUp) {
  open(router.port());
  EXPECT_FALSE(link->send("too early"));
  ASSERT_TRUE(up());
  EXPECT_TRUE(link->send("hello"));
  EXPECT_EQ(router.receive().back(), "hello");
}

TEST_F(MasterLinkTest, ReceivesInOrder) {
  open(router.port());
  ASSERT_TRUE(up() && known_to_router());
  for (int i = 0; i < 500; ++i) router.send({"host_1", std::to_string(i)});
  for (int i = 0; i < 500; ++i) ASSERT_EQ(received(), std::to_string(i));
}

TEST_F(MasterLinkTest, CarriesAnyBytes) {
  open(router.port());
  ASSERT_TRUE(up());
  std::string bytes("\0\xff\x93", 3);
  bytes.append(1 << 20, '\x80');
  ASSERT_TRUE(link->send(bytes));
  EXPECT_EQ(router.receive().back(), bytes);
  router.send({"host_1", bytes});
  EXPECT_EQ(received(), bytes);
}

TEST_F(MasterLinkTest, SendingDoesNotHideThatAMessageHasArrived) {
  open(router.port());
  ASSERT_TRUE(up());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(link->send("question"));
    ASSERT_EQ(router.receive().back(), "question");
    router.send({"host_1", "answer"});
    ASSERT_TRUE(link->send("more"));  // may take the news of the answer off the descriptor
    ASSERT_TRUE(link->send("more"));
    router.receive();
    router.receive();
    pollfd watched{link->fd(), POLLIN, 0};
    ASSERT_EQ(poll(&watched, 1, kTooLong), 1) << "round " << i;
    ASSERT_EQ(received(), "answer");
  }
}

TEST_F(MasterLinkTest, IsQuietWhenNothingHappens) {
  open(router.port());
  ASSERT_TRUE(up());
  while (link->next_event()) {
  }
  pollfd watched{link->fd(), POLLIN, 0};
  EXPECT_EQ(poll(&watched, 1, 0), 0);
}

TEST_F(MasterLinkTest, SaysWhenTheMasterGoesAndComesBack) {
  open(router.port());
  ASSERT_TRUE(up());
  router.close();
  ASSERT_TRUE(down());
  router.restart();
  EXPECT_TRUE(up());
}

TEST_F(MasterLinkTest, SaysThatTheMastersAddressRefusesConnectionsAfterItHasGone) {
  open(router.port());
  ASSERT_TRUE(up());
  router.close();
  ASSERT_TRUE(down());
  const auto trouble = wait_for<MasterLink::Trouble>();
  ASSERT_TRUE(trouble);
  EXPECT_TRUE(trouble->process_ended);
}

TEST_F(MasterLinkTest, QueuesNothingForTheNextMaster) {
  open(router.port());
  ASSERT_TRUE(up());
  router.close();
  ASSERT_TRUE(down());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(link->send("stale"));
  router.restart();
  ASSERT_TRUE(up());
  ASSERT_TRUE(link->send("fresh"));
  EXPECT_EQ(router.receive().back(), "fresh");
}

TEST_F(MasterLinkTest, WhatTheMasterDoesNotReadWaitsAndArrivesInOrder) {
  open(router.port());
  ASSERT_TRUE(up());
  const int most = 20'000;  // more than ZeroMQ and the kernel hold
  for (int i = 0; i < most; ++i) {
    ASSERT_TRUE(link->send(std::to_string(i) + std::string(1024, ' ')));
  }
  EXPECT_GT(link->unsent(), 0U);
  for (int i = 0; i < most; ++i) {
    while (link->next_event()) {
    }
    ASSERT_EQ(std::stoi(router.receive().back()), i);
  }
  EXPECT_EQ(link->unsent(), 0U);
}

TEST_F(MasterLinkTest, TakesNoMoreThanItsLimit) {
  MasterLinkOptions options;
  options.most_unsent_bytes = std::size_t{1} << 20;
  open(router.port(), options);
  ASSERT_TRUE(up());
  const std::string large(std::size_t{1} << 18, 'x');
  int sent = 0;
  while (sent < 1000 && link->send(large)) ++sent;
  EXPECT_GT(sent, 4);
  EXPECT_LT(sent, 1000);
}

TEST_F(MasterLinkTest, AFreshSocketHasTheSameIdentity) {
  open(router.port());
  for (int i = 0; i < 3; ++i) {
    if (i > 0) link->reopen();
    ASSERT_TRUE(up());
    ASSERT_TRUE(link->send(std::to_string(i)));
  }
  // The router may refuse an identity while it has not noticed that the old socket is gone; what
  // does come carries that identity.
  EXPECT_EQ(router.receive().front(), "host_1");
}

TEST_F(MasterLinkTest, AFreshSocketSaysNothingOfTheOldOne) {
  open(router.port());
  ASSERT_TRUE(up());
  ASSERT_TRUE(known_to_router());
  router.send({"host_1", "old"});
  link->reopen();
  EXPECT_FALSE(link->send("too early"));
  ASSERT_TRUE(up());
  EXPECT_EQ(skipped, 0);
}

TEST_F(MasterLinkTest, IgnoresAMessageInParts) {
  open(router.port());
  ASSERT_TRUE(up() && known_to_router());
  router.send({"host_1", "a", "b", "c"});
  router.send({"host_1", "whole"});
  EXPECT_EQ(received(), "whole");
}

TEST_F(MasterLinkTest, SaysThatNothingListensThere) {
  const int port = router.port();
  router.close();
  open(port);
  EXPECT_THAT(trouble(), HasSubstr("no process accepts connections at tcp://127.0.0.1:"));
}

TEST_F(MasterLinkTest, FindsAMasterThatComesLater) {
  const int port = router.port();
  router.close();
  open(port);
  ASSERT_THAT(trouble(), HasSubstr("no process accepts"));
  router.restart();
  EXPECT_TRUE(up());
}

TEST_F(MasterLinkTest, SaysThatWhatAnswersIsNoZeroMq) {
  PlainServer server;
  open(server.port());
  (void)link->next_event();
  server.answer_one("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(trouble(), HasSubstr("does not use ZeroMQ's protocol"));
}

TEST_F(MasterLinkTest, SaysThatTheNameCannotBeResolved) {
  names.set("");
  open(router.port(), "no such host");
  EXPECT_THAT(trouble(), HasSubstr("'no such host'"));
}

TEST_F(MasterLinkTest, FindsAnIpv4OnlyMasterByAName) {
  open(router.port(), "localhost");
  EXPECT_TRUE(up());
}

TEST_F(MasterLinkTest, AFreshSocketGoesToTheAddressThatTheNameHasNow) {
  open(router.port(), "master");
  ASSERT_TRUE(up());
  router.close();
  ASSERT_TRUE(down());
  Router other = moved();
  link->reopen();
  const auto moved = wait_for<MasterLink::Trouble>();
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->text, "master is no longer at tcp://127.0.0.1:" + std::to_string(other.port()));
  EXPECT_TRUE(moved->process_ended);
  EXPECT_TRUE(up());
  EXPECT_TRUE(link->send("hello"));
  EXPECT_EQ(other.receive().back(), "hello");
}

TEST_F(MasterLinkTest, ACheckLeavesAnAddressThatTheNameNoLongerHas) {
  open(router.port(), "master");
  ASSERT_TRUE(up());
  Router other = moved();
  link->check_address();
  EXPECT_TRUE(down());
  EXPECT_EQ(trouble(), "master is no longer at tcp://127.0.0.1:" + std::to_string(other.port()));
  EXPECT_TRUE(up());
  EXPECT_TRUE(link->send("hello"));
  EXPECT_EQ(other.receive().back(), "hello");
}

TEST_F(MasterLinkTest, ACheckDoesNotBreakAConnectionToAnAddressThatTheNameStillHas) {
  open(router.port(), "master");
  ASSERT_TRUE(up());
  ASSERT_TRUE(known_to_router());
  for (const char* address : {"127.0.0.1", "" /* the lookup fails */}) {
    names.set(address);
    link->check_address();
    pollfd watched{link->fd(), POLLIN, 0};
    ASSERT_EQ(poll(&watched, 1, kTooLong), 1) << "the lookup has not ended";
    EXPECT_FALSE(link->next_event());
  }
  EXPECT_TRUE(known_to_router());
}

TEST_F(MasterLinkTest, FindsAMasterByAnIpv6Address) {
  Router v6;
  try {
    zmq::context_t context;
    zmq::socket_t probe(context, zmq::socket_type::router);
    probe.set(zmq::sockopt::ipv6, true);
    probe.bind("tcp://[::1]:*");
    const std::string endpoint = probe.get(zmq::sockopt::last_endpoint);
    open(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)), "[::1]");
    EXPECT_TRUE(up());
    link.reset();
  } catch (const zmq::error_t&) {
    GTEST_SKIP() << "no IPv6 here";
  }
}

TEST_F(MasterLinkTest, WhatWasSentLeavesBeforeTheEnd) {
  open(router.port());
  ASSERT_TRUE(up());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(link->send(std::to_string(i)));
  link->close(std::chrono::milliseconds(kTooLong));
  EXPECT_FALSE(link->send("too late"));
  link.reset();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(router.receive().back(), std::to_string(i));
}

}  // namespace
}  // namespace cppworker::transport
