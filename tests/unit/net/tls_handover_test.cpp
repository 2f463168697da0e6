#include "net/tls_handover.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coro/clock.hpp"
#include "coro/scheduler.hpp"
#include "net/tls_stream.hpp"
#include "support/certificate.hpp"

namespace cppworker::net {
namespace {

using Kind = TlsStream::Kind;
using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// A client of TlsStream and a server of OpenSSL. The server's bytes are in memory: the test
/// decides when they come to the client's socket.
class TlsHandoverTest : public testing::Test {
 protected:
  TlsHandoverTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as the worker does
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_.data()), 0);
    test_support::use_fresh_certificate(*server_context_, "localhost");
    TlsStream::prepare(*client_context_);
    server_.reset(SSL_new(server_context_.get()));
    to_server_ = BIO_new(BIO_s_mem());
    from_server_ = BIO_new(BIO_s_mem());
    SSL_set_bio(server_.get(), to_server_, from_server_);
    SSL_set_accept_state(server_.get());
  }
  ~TlsHandoverTest() override {
    client_.close();
    ::close(fds_[0]);
    close_server();
  }
  void close_server() {
    if (fds_[1] >= 0) {
      ::close(fds_[1]);
      fds_[1] = -1;
    }
  }
  void in_coroutine(const std::function<void()>& body) {
    bool returned = false;
    scheduler_.spawn([&] {
      body();
      returned = true;
    });
    scheduler_.run_until_idle();
    EXPECT_TRUE(returned);
  }

  /// What the server has sent since the last call.
  std::string from_server() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(from_server_, &data);
    std::string bytes(data, static_cast<std::size_t>(size));
    static_cast<void>(BIO_reset(from_server_));
    return bytes;
  }
  void deliver(std::string_view bytes) {
    ASSERT_EQ(::send(fds_[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  void deliver() { deliver(from_server()); }
  /// What the client has sent since the last call.
  std::string from_client() {
    std::string bytes;
    std::array<char, 65536> part{};
    for (ssize_t size = 0; (size = ::recv(fds_[1], part.data(), part.size(), 0)) > 0;) {
      bytes.append(part.data(), static_cast<std::size_t>(size));
    }
    return bytes;
  }
  void deliver_to_server(std::string_view bytes) {
    if (!bytes.empty()) {
      ASSERT_EQ(BIO_write(to_server_, bytes.data(), static_cast<int>(bytes.size())),
                static_cast<int>(bytes.size()));
    }
  }

  void handshake() {
    ASSERT_TRUE(client_.open(*client_context_, fds_[0], {.host = "localhost"}, resumed_.get()));
    for (int turn = 0; turn < 10; ++turn) {
      const TlsStream::Result result = client_.handshake();
      deliver_to_server(from_client());
      on_loop_stack([this] { SSL_do_handshake(server_.get()); });
      if (result.kind == Kind::kDone) {
        ASSERT_EQ(SSL_is_init_finished(server_.get()), 1);
        return;  // the session tickets are in from_server()
      }
      ASSERT_EQ(result.kind, Kind::kWantsRead);
      deliver();
    }
    FAIL() << "no end of the handshake";
  }
  /// The server's calls of OpenSSL need the large stack too.
  static void on_loop_stack(const std::function<void()>& function) {
    coro::this_coroutine::run_on_loop_stack(function);
  }
  void server_writes(std::string_view bytes) {
    on_loop_stack([&] {
      EXPECT_EQ(SSL_write(server_.get(), bytes.data(), static_cast<int>(bytes.size())),
                static_cast<int>(bytes.size()));
    });
  }
  std::string server_reads() {
    deliver_to_server(from_client());
    std::string all;
    on_loop_stack([&] {
      std::vector<char> part(Tls13Records::kContentMax);
      for (int size = 0; (size = SSL_read(server_.get(), part.data(), 16384)) > 0;) {
        all.append(part.data(), static_cast<std::size_t>(size));
      }
      server_error_ = ERR_GET_REASON(ERR_peek_last_error());
      ERR_clear_error();
    });
    return all;
  }
  /// All that the client can read now; its last result is in `last_`.
  std::string client_reads() {
    std::string all;
    for (;;) {
      last_ = client_.read(buffer_);
      if (last_.kind != Kind::kDone) {
        return all;
      }
      all.append(buffer_.data(), last_.size);
    }
  }
  void client_writes(std::string_view bytes) {
    while (!bytes.empty()) {
      const TlsStream::Result written = client_.write(bytes);
      ASSERT_EQ(written.kind, Kind::kDone);
      bytes.remove_prefix(written.size);
    }
  }
  void exchange(std::string_view request, std::string_view response) {
    client_writes(request);
    EXPECT_EQ(server_reads(), request);
    server_writes(response);
    deliver();
    EXPECT_EQ(client_reads(), response);
    EXPECT_EQ(last_.kind, Kind::kWantsRead);
    EXPECT_FALSE(client_.may_have_more());
  }
  void request_key_update(int type) {
    on_loop_stack([&] {
      EXPECT_EQ(SSL_key_update(server_.get(), type), 1);
      EXPECT_EQ(SSL_do_handshake(server_.get()), 1);
    });
  }
  /// Only OpenSSL's connections have sessions.
  bool uses_openssl() { return client_.session() != nullptr; }
  /// A connection without OpenSSL.
  void hand_over() {
    handshake();
    exchange("first request", "first response");
    client_.set_idle();
    ASSERT_FALSE(uses_openssl());
    ASSERT_TRUE(client_.is_open());
  }

  std::array<int, 2> fds_{-1, -1};
  ContextPtr client_context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  ContextPtr server_context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> server_{nullptr, SSL_free};
  BIO* to_server_ = nullptr;  // owned by server_
  BIO* from_server_ = nullptr;
  int server_error_ = 0;  // OpenSSL's reason; 0: none
  TlsSession resumed_;
  TlsStream client_;
  TlsStream::Result last_;
  std::vector<char> buffer_ = std::vector<char>(65536);
  coro::VirtualClock clock_;
  coro::Scheduler scheduler_{clock_, {.stack_size = 256 * coro::kKiB}};
};

class TlsHandoverSuites : public TlsHandoverTest,
                          public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, TlsHandoverSuites,
                         testing::Values("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"),
                         [](const auto& suite) { return std::string(suite.param); });

TEST_P(TlsHandoverSuites, GoOnWithoutOpenSsl) {
  SSL_CTX_set_ciphersuites(client_context_.get(), GetParam());
  in_coroutine([this] {
    hand_over();
    exchange("second request", "second response");
    client_.set_idle();
    exchange(std::string(16384, 'q'), std::string(16384, 'r'));
    exchange(std::string(16385, 'q'), std::string(16385, 'r'));
    request_key_update(SSL_KEY_UPDATE_REQUESTED);
    exchange("with new keys", "from both");
    exchange("x", "y");
  });
}

TEST_P(TlsHandoverSuites, TransferAMebibyteInBothDirections) {
  SSL_CTX_set_ciphersuites(client_context_.get(), GetParam());
  std::string body;
  for (std::size_t at = 0; at < std::size_t{1024} * 1024; ++at) {
    body += static_cast<char>(at * 31 >> 7U);
  }
  in_coroutine([&] {
    hand_over();
    std::string_view rest = body;
    std::string arrived;
    while (!rest.empty()) {
      const TlsStream::Result written = client_.write(rest);
      if (written.kind == Kind::kWantsWrite) {
        arrived += server_reads();
        continue;
      }
      ASSERT_EQ(written.kind, Kind::kDone);
      rest.remove_prefix(written.size);
    }
    EXPECT_TRUE(arrived + server_reads() == body);

    server_writes(body);
    const std::string sent = from_server();
    arrived.clear();
    for (std::string_view left = sent; !left.empty();) {
      const ssize_t size = ::send(fds_[1], left.data(), left.size(), 0);
      left.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      arrived += client_reads();
      ASSERT_EQ(last_.kind, Kind::kWantsRead);
    }
    EXPECT_TRUE(arrived == body);
  });
}

TEST_F(TlsHandoverTest, TheSwitchNeedsNoExchangeBefore) {
  in_coroutine([this] {
    handshake();
    client_.set_idle();
    EXPECT_FALSE(uses_openssl()) << "the tickets come later";
    deliver();
    EXPECT_TRUE(client_.silent());
    exchange("request", "response");
  });
}

TEST_F(TlsHandoverTest, AResumedConnectionIsReplacedToo) {
  in_coroutine([this] {
    handshake();
    exchange("request", "response");
    resumed_ = client_.session();
    client_.close();
    SSL_clear(server_.get());
    SSL_set_accept_state(server_.get());
    hand_over();
    EXPECT_EQ(SSL_session_reused(server_.get()), 1);
    exchange("second request", "second response");
  });
}

TEST_F(TlsHandoverTest, ServersMayAskForAnotherKeyShare) {
  SSL_set1_groups_list(server_.get(), "P-384");  // NOLINT: a cast in OpenSSL's macro
  in_coroutine([this] {
    hand_over();
    exchange("second request", "second response");
  });
}

TEST_F(TlsHandoverTest, DoesNotNeedACoroutine) {
  in_coroutine([this] { handshake(); });
  client_.set_idle();
  in_coroutine([this] {
    EXPECT_FALSE(uses_openssl());
    exchange("request", "response");
  });
}

TEST_F(TlsHandoverTest, RecordsMayBeSplitAtEveryByte) {
  in_coroutine([this] {
    hand_over();
    bool at_the_end = false;
    for (std::size_t first = 1; !at_the_end; ++first) {
      server_writes("one");
      server_writes("two");
      const std::string records = from_server();
      deliver(std::string_view(records).substr(0, first));
      std::string arrived = client_reads();
      EXPECT_EQ(last_.kind, Kind::kWantsRead);
      EXPECT_FALSE(client_.may_have_more());
      deliver(std::string_view(records).substr(first));
      arrived += client_reads();
      EXPECT_EQ(arrived, "onetwo") << "split at " << first;
      at_the_end = first == records.size() - 1;
    }
  });
}

TEST_F(TlsHandoverTest, RecordsMayComeByteByByte) {
  in_coroutine([this] {
    hand_over();
    for (int turn = 0; turn < 2; ++turn) {
      server_writes("one");
      server_writes(std::string(300, '2'));
      std::string arrived;
      for (const char byte : from_server()) {
        deliver({&byte, 1});
        arrived += client_reads();
      }
      EXPECT_EQ(arrived, "one" + std::string(300, '2'));
    }
  });
}

TEST_F(TlsHandoverTest, SeveralRecordsAreReadAtOnce) {
  in_coroutine([this] {
    hand_over();
    server_writes("one");
    server_writes("two");
    server_writes("three");
    deliver();
    const TlsStream::Result read = client_.read(buffer_);
    EXPECT_EQ(std::string(buffer_.data(), read.size), "onetwothree");
    EXPECT_FALSE(client_.may_have_more());
  });
}

TEST_F(TlsHandoverTest, Tls12StaysWithOpenSsl) {
  SSL_CTX_set_max_proto_version(client_context_.get(), TLS1_2_VERSION);
  in_coroutine([this] {
    handshake();
    deliver();
    for (int turn = 0; turn < 3; ++turn) {
      exchange("request", "response");
      client_.set_idle();
      EXPECT_TRUE(uses_openssl());
      EXPECT_TRUE(client_.silent());
    }
  });
}

TEST_F(TlsHandoverTest, OtherSuitesStayWithOpenSsl) {
  SSL_CTX_set_ciphersuites(client_context_.get(), "TLS_AES_128_CCM_SHA256");
  SSL_CTX_set_ciphersuites(server_context_.get(), "TLS_AES_128_CCM_SHA256");
  server_.reset(SSL_new(server_context_.get()));
  to_server_ = BIO_new(BIO_s_mem());
  from_server_ = BIO_new(BIO_s_mem());
  SSL_set_bio(server_.get(), to_server_, from_server_);
  SSL_set_accept_state(server_.get());
  in_coroutine([this] {
    handshake();
    for (int turn = 0; turn < 3; ++turn) {
      exchange("request", "response");
      client_.set_idle();
      EXPECT_TRUE(uses_openssl());
    }
  });
}

TEST_F(TlsHandoverTest, AConnectionWhosePeerHasUpdatedItsKeysStaysWithOpenSsl) {
  for (const int type : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    in_coroutine([this, type] {
      handshake();
      request_key_update(type);
      for (int turn = 0; turn < 3; ++turn) {
        exchange("request", "response");
        client_.set_idle();
        EXPECT_TRUE(uses_openssl());
      }
      client_.close();
    });
    SSL_clear(server_.get());
    SSL_set_accept_state(server_.get());
  }
}

TEST_F(TlsHandoverTest, APartOfARecordDelaysTheSwitch) {
  for (const std::size_t part : {1U, 4U, 5U, 6U, 20U}) {
    in_coroutine([this, part] {
      handshake();
      exchange("request", "response");
      server_writes("late");
      const std::string record = from_server();
      deliver(std::string_view(record).substr(0, part));
      EXPECT_FALSE(client_.silent());
      client_.set_idle();
      EXPECT_TRUE(uses_openssl()) << part;
      deliver(std::string_view(record).substr(part));
      EXPECT_EQ(client_reads(), "late");
      client_.set_idle();
      EXPECT_FALSE(uses_openssl()) << part;
      exchange("second request", "second response");
      client_.close();
    });
    SSL_clear(server_.get());
    SSL_set_accept_state(server_.get());
  }
}

TEST_F(TlsHandoverTest, UnreadDataDelaysTheSwitch) {
  in_coroutine([this] {
    handshake();
    server_writes("unread");
    deliver();
    EXPECT_FALSE(client_.silent());
    client_.set_idle();
    EXPECT_TRUE(uses_openssl());
    EXPECT_EQ(client_reads(), "unread");
    client_.set_idle();
    EXPECT_FALSE(uses_openssl());
  });
}

TEST_F(TlsHandoverTest, BytesThatAreNotSentDelayTheSwitch) {
  in_coroutine([this] {
    handshake();
    const std::string part(16384, 'p');
    std::string expected;
    while (client_.write(part).kind == Kind::kDone) {
      expected += part;
    }
    client_.set_idle();
    EXPECT_TRUE(uses_openssl());
    std::string arrived = server_reads();
    client_writes(part);
    expected += part;
    client_.set_idle();
    EXPECT_FALSE(uses_openssl());
    client_writes("end");
    EXPECT_TRUE(arrived + server_reads() == expected + "end");
  });
}

TEST_F(TlsHandoverTest, PaddingIsRemoved) {
  in_coroutine([this] {
    hand_over();
    SSL_set_block_padding(server_.get(), 512);
    exchange("request", "response");
  });
}

/// The padding might be the beginning of another message. Java's servers pad tickets.
TEST_F(TlsHandoverTest, PaddedTicketsDelayTheSwitchUntilDataComes) {
  SSL_set_block_padding(server_.get(), 512);
  in_coroutine([this] {
    handshake();
    deliver();
    EXPECT_TRUE(client_.silent());
    client_.set_idle();
    EXPECT_TRUE(uses_openssl());
    exchange("request", "response");
    client_.set_idle();
    EXPECT_FALSE(uses_openssl());
    exchange("request", "response");
  });
}

TEST_F(TlsHandoverTest, TicketsAreNoData) {
  in_coroutine([this] {
    hand_over();
    on_loop_stack([this] {
      EXPECT_EQ(SSL_new_session_ticket(server_.get()), 1);
      EXPECT_EQ(SSL_do_handshake(server_.get()), 1);
    });
    const std::string ticket = from_server();
    ASSERT_FALSE(ticket.empty());
    deliver(ticket);
    EXPECT_TRUE(client_.silent());
    exchange("request", "response");
  });
}

TEST_F(TlsHandoverTest, DataOrAPartOfARecordIsNotSilence) {
  in_coroutine([this] {
    hand_over();
    EXPECT_TRUE(client_.silent());
    server_writes("unsolicited");
    const std::string record = from_server();
    deliver(std::string_view(record).substr(0, 1));
    EXPECT_FALSE(client_.silent());
    deliver(std::string_view(record).substr(1));
    EXPECT_FALSE(client_.silent());
  });
}

TEST_F(TlsHandoverTest, FollowsAndAnswersKeyUpdates) {
  in_coroutine([this] {
    hand_over();
    for (int turn = 0; turn < 3; ++turn) {
      request_key_update(SSL_KEY_UPDATE_NOT_REQUESTED);
      deliver();
      EXPECT_TRUE(client_.silent());
      exchange("request", "response");
      request_key_update(SSL_KEY_UPDATE_REQUESTED);
      request_key_update(SSL_KEY_UPDATE_REQUESTED);
      deliver();
      EXPECT_TRUE(client_.silent());
      exchange("request", "response");
      EXPECT_EQ(server_error_, 0);
    }
  });
}

TEST_F(TlsHandoverTest, CloseNotifyEndsTheConnection) {
  in_coroutine([this] {
    hand_over();
    server_writes("last");
    on_loop_stack([this] { SSL_shutdown(server_.get()); });
    deliver();
    const TlsStream::Result read = client_.read(buffer_);
    EXPECT_EQ(std::string(buffer_.data(), read.size), "last");
    EXPECT_TRUE(client_.may_have_more());
    deliver("ignored");
    EXPECT_EQ(client_.read(buffer_).kind, Kind::kClosed);
    EXPECT_EQ(client_.read(buffer_).kind, Kind::kClosed);
    EXPECT_FALSE(client_.silent());
  });
}

TEST_F(TlsHandoverTest, TheEndOfTheSocketEndsTheConnection) {
  in_coroutine([this] {
    hand_over();
    server_writes("late");
    deliver(from_server().substr(0, 10));
    close_server();
    EXPECT_EQ(client_.read(buffer_).kind, Kind::kWantsRead);
    EXPECT_EQ(client_.read(buffer_).kind, Kind::kClosed);
    EXPECT_TRUE(client_.may_have_more());
    const TlsStream::Result written = client_.write("late");
    EXPECT_EQ(written.kind, Kind::kFailed);
    EXPECT_EQ(written.error.os_error, EPIPE);
  });
}

TEST_F(TlsHandoverTest, AFatalAlertOfTheServerIsTheFailure) {
  in_coroutine([this] {
    hand_over();
    client_writes("request");
    std::string record = from_client();
    record.back() = static_cast<char>(record.back() + 1);
    deliver_to_server(record);
    EXPECT_EQ(server_reads(), "");
    deliver();
    const TlsStream::Result read = client_.read(buffer_);
    EXPECT_EQ(read.kind, Kind::kFailed);
    EXPECT_EQ(ERR_GET_LIB(read.error.code), ERR_LIB_SSL);
    EXPECT_EQ(ERR_GET_REASON(read.error.code), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
    EXPECT_THAT(ERR_reason_error_string(read.error.code),
                testing::EndsWith("alert bad record mac"));
    EXPECT_EQ(client_.read(buffer_).kind, Kind::kFailed);
    EXPECT_EQ(client_.write("more").kind, Kind::kFailed);
  });
}

TEST_F(TlsHandoverTest, AChangedRecordIsAFailureAndReportedToTheServer) {
  in_coroutine([this] {
    hand_over();
    server_writes("one");
    std::string records = from_server();
    server_writes("two");
    records += from_server();
    records.back() = static_cast<char>(records.back() + 1);
    deliver(records);
    const TlsStream::Result read = client_.read(buffer_);
    EXPECT_EQ(std::string(buffer_.data(), read.size), "one");
    EXPECT_TRUE(client_.may_have_more());
    const TlsStream::Result failed = client_.read(buffer_);
    EXPECT_EQ(failed.kind, Kind::kFailed);
    EXPECT_EQ(ERR_GET_REASON(failed.error.code), SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    EXPECT_EQ(server_reads(), "");
    EXPECT_EQ(server_error_, SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
    EXPECT_EQ(ERR_peek_error(), 0U);
  });
}

TEST_F(TlsHandoverTest, AFullSocketIsContinuedWithTheSameBytes) {
  in_coroutine([this] {
    hand_over();
    const std::string part(10'000, 'p');
    std::string expected;
    TlsStream::Result result;
    while ((result = client_.write(part)).kind == Kind::kDone) {
      expected += part;
    }
    EXPECT_EQ(result.kind, Kind::kWantsWrite);
    EXPECT_EQ(client_.write(part).kind, Kind::kWantsWrite);
    std::string arrived = server_reads();
    const std::string moved = part;
    const TlsStream::Result written = client_.write(moved + "more");
    EXPECT_EQ(written.kind, Kind::kDone);
    EXPECT_EQ(written.size, part.size());
    client_writes("more");
    EXPECT_TRUE(arrived + server_reads() == expected + part + "more");
  });
}

}  // namespace
}  // namespace cppworker::net
