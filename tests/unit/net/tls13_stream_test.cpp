#include "net/tls13_stream.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net/tls13_peer.hpp"

namespace cppworker::net {
namespace {

using Kind = TlsResult::Kind;

/// A stream and a server that can send any record. What servers of OpenSSL do is tested by
/// TlsHandoverTest.
class Tls13StreamTest : public testing::Test {
 protected:
  Tls13StreamTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_.data()), 0);
    socket_.fd = fds_[0];
  }
  ~Tls13StreamTest() override {
    ::close(fds_[0]);
    ::close(fds_[1]);
  }
  /// @param inner content, type and padding
  void server_sends(std::string_view inner) {
    const std::string record = test_support::sealed_with(suite_, server_, inner);
    ASSERT_EQ(::send(fds_[1], record.data(), record.size(), 0),
              static_cast<ssize_t>(record.size()));
  }

  const Tls13Suite& suite_ = *Tls13Suite::find(0x1301);
  const Tls13Keys::Secret secret_ = test_support::secret_of("0123456789abcdef");
  std::array<int, 2> fds_{-1, -1};
  TlsSocket socket_;
  Tls13Keys server_{suite_, secret_, 0};
  Tls13Stream stream_{socket_, suite_, {.secret = secret_}, {.secret = secret_}};
  std::vector<char> buffer_ = std::vector<char>(Tls13Stream::kReadMin);
};

TEST_F(Tls13StreamTest, ReadsOnWhenAFullBufferHasNoData) {
  const std::string empty = "\x17" + std::string(Tls13Records::kContentMax, '\0');
  for (int count = 0; count < 3; ++count) {
    server_sends(empty);
  }
  server_sends("data\x17");
  const TlsResult read = stream_.read(buffer_);
  EXPECT_EQ(read.kind, Kind::kDone);
  EXPECT_EQ(std::string(buffer_.data(), read.size), "data");
}

TEST_F(Tls13StreamTest, TheSmallestBufferIsEnoughForTheLargestRecord) {
  const std::string content(Tls13Records::kContentMax, 'c');
  server_sends("first\x17");
  server_sends(content + "\x17");
  server_sends(content + "\x17");
  std::string all;
  TlsResult read;
  while ((read = stream_.read(buffer_)).kind == Kind::kDone) {
    all.append(buffer_.data(), read.size);
  }
  EXPECT_EQ(read.kind, Kind::kWantsRead);
  EXPECT_TRUE(all == "first" + content + content);
}

TEST_F(Tls13StreamTest, AnAlertDoesNotFollowAPartOfARecord) {
  const std::string part(Tls13Records::kContentMax, 'p');
  while (stream_.write(part).kind == Kind::kDone) {
  }
  std::string sent(65536, '\0');
  ssize_t size = ::recv(fds_[1], sent.data(), sent.size(), 0);
  ASSERT_GT(size, 0);  // the socket has room for an alert
  server_sends("\x01\x14");
  EXPECT_EQ(ERR_GET_REASON(stream_.read(buffer_).error.code), SSL_R_BAD_RECORD_TYPE);

  Tls13Records peer(suite_, {.secret = secret_}, {.secret = secret_});
  std::string all = sent.substr(0, static_cast<std::size_t>(size));
  while ((size = ::recv(fds_[1], sent.data(), sent.size(), 0)) > 0) {
    all.append(sent, 0, static_cast<std::size_t>(size));
  }
  std::string data(all.size(), '\0');
  const auto opened = peer.open(all, data.data());
  EXPECT_EQ(peer.end().kind, Kind::kDone);
  EXPECT_EQ(opened.size % part.size(), 0U);
}

}  // namespace
}  // namespace cppworker::net
