#include "app/doctor.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cppworker::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Doctor, FewOpenFilesAreAWarningThatNamesTheRemedy) {
  EXPECT_THAT(text_of(judge_open_files(1024)),
              AllOf(StartsWith("warning  open files: the limit of 1024 allows about 924 users"),
                    HasSubstr("LimitNOFILE")));
  EXPECT_THAT(text_of(judge_open_files(50)), HasSubstr("about 0 users"));
  EXPECT_THAT(text_of(judge_open_files(1'000'000)), StartsWith("ok       open files"));
  EXPECT_EQ(text_of(judge_open_files(std::numeric_limits<std::uint64_t>::max())),
            "ok       open files: no limit");
}

TEST(Doctor, AShortRangeOfPortsIsAWarning) {
  EXPECT_THAT(text_of(judge_ports("32768\t60999\n")), StartsWith("ok       ports: 32768 to 60999 "
                                                                 "allow 28232 connections"));
  EXPECT_THAT(text_of(judge_ports("60000 60999")),
              AllOf(StartsWith("warning  "), HasSubstr("sysctl -w")));
  for (const char* text : {"", "x", "7", "9 8"}) {
    EXPECT_THAT(text_of(judge_ports(text)), HasSubstr("can't be read")) << text;
  }
}

TEST(Doctor, LittleMemoryIsAWarning) {
  EXPECT_THAT(text_of(judge_memory(100 << 20)),
              AllOf(StartsWith("warning  memory: 100 MB"), HasSubstr("--memory")));
  EXPECT_EQ(text_of(judge_memory(std::uint64_t{4} << 30)),
            "ok       memory: 4096 MB are available");
}

/// A port of the loopback address that refuses connections until somebody listens on its socket.
class BoundPort {
 public:
  BoundPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, any, size), 0);
    EXPECT_EQ(getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~BoundPort() { close(socket_); }
  BoundPort(const BoundPort&) = delete;
  BoundPort& operator=(const BoundPort&) = delete;
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] int port() const { return port_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
};

/// A server that sends these bytes to its first client and closes the connection.
class OneAnswer {
 public:
  explicit OneAnswer(std::string_view bytes) {
    EXPECT_EQ(listen(bound_.socket(), 1), 0);
    thread_ = std::thread([this, bytes] {
      const int client = accept(bound_.socket(), nullptr, nullptr);
      EXPECT_EQ(send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(bytes.size()));
      close(client);
    });
  }
  ~OneAnswer() { thread_.join(); }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  [[nodiscard]] int port() const { return bound_.port(); }

 private:
  BoundPort bound_;
  std::thread thread_;
};

TEST(Doctor, AMasterIsRecognisedByZeroMqsSignature) {
  constexpr std::string_view kSignature("\xff\0\0\0\0\0\0\0\1\x7f", 10);
  const OneAnswer master(kSignature);
  EXPECT_THAT(text_of(check_master("127.0.0.1", master.port(), false)),
              AllOf(StartsWith("ok       master: 127.0.0.1"), HasSubstr("ZeroMQ")));
}

TEST(Doctor, AnotherServerIsAnError) {
  const OneAnswer web("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_THAT(text_of(check_master("127.0.0.1", web.port(), false)),
              AllOf(StartsWith("error    master"), HasSubstr("--master-port")));
}

TEST(Doctor, AMissingMasterIsAnErrorOnlyIfItsHostWasChosen) {
  const BoundPort free;
  EXPECT_THAT(text_of(check_master("127.0.0.1", free.port(), false)),
              AllOf(StartsWith("error    master: 127.0.0.1 port " + std::to_string(free.port()) +
                               ": Connection refused"),
                    HasSubstr("locust --master")));
  EXPECT_THAT(text_of(check_master("127.0.0.1", free.port(), true)), StartsWith("warning  "));
}

}  // namespace
}  // namespace cppworker::app
