#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/tcp_stream.hpp>
#include <cppworker/user.hpp>

#include "unit/user/threads_fixture.hpp"

namespace cppworker {
namespace {

using namespace std::chrono_literals;

/// A stream that is closed, destroyed or moved while another coroutine is in a call.
class TcpCloseTest : public ThreadsTest {
 protected:
  TcpCloseTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds_.data()), 0);
    stream = std::make_unique<TcpStream>(TcpStream::from_fd(fds_[0]));
  }
  ~TcpCloseTest() override { ::close(fds_[1]); }

  /// Makes the call in another coroutine. `ended` becomes how it has ended.
  coro::Coroutine& begin(std::string& ended, const std::function<void()>& call) {
    return scheduler.spawn([&ended, call] {
      try {
        call();
        ended = "no failure";
      } catch (const TcpClosed& error) {
        ended = std::string("TcpClosed: ") + error.what();
      } catch (const TcpError& error) {
        ended = std::string("TcpError: ") + error.what();
      } catch (const StopUser&) {
        ended = "stopped";
        throw;
      }
    });
  }
  /// The same; returns when the call waits.
  coro::Coroutine& begin_wait(std::string& ended, const std::function<void()>& call) {
    coro::Coroutine& coroutine = begin(ended, call);
    sleep_for(1s);
    EXPECT_EQ(ended, "") << "the call has to wait";
    return coroutine;
  }
  void peer_sends(std::string_view bytes) const {
    EXPECT_EQ(::send(fds_[1], bytes.data(), bytes.size(), 0), std::ssize(bytes));
  }
  [[nodiscard]] std::string closed(const std::string& doing) const {
    return "TcpClosed: " + doing + " fd " + std::to_string(fds_[0]) +
           ": another coroutine has closed the TcpStream";
  }
  [[nodiscard]] std::string moved(const std::string& doing) const {
    return "TcpError: " + doing + " fd " + std::to_string(fds_[0]) +
           ": another coroutine has moved the TcpStream";
  }

  std::unique_ptr<TcpStream> stream;

 private:
  std::array<int, 2> fds_{-1, -1};
};

TEST_F(TcpCloseTest, AReadEndsWhenTheStreamIsClosed) {
  run([this] {
    std::string ended;
    begin_wait(ended, [this] { static_cast<void>(stream->read_some()); });
    stream->close();
    EXPECT_EQ(ended, "") << "never inside of close()";
    sleep_for(1s);
    EXPECT_EQ(ended, closed("reading from"));
    EXPECT_FALSE(stream->is_open());
  });
}

TEST_F(TcpCloseTest, AReadEndsWhenTheStreamIsDestroyed) {
  run([this] {
    std::string ended;
    begin_wait(ended, [this] { static_cast<void>(stream->read_until("\n")); });
    peer_sends("the beginning of a line");
    sleep_for(1s);
    stream.reset();
    sleep_for(1s);
    EXPECT_EQ(ended, closed("reading from"));
  });
}

TEST_F(TcpCloseTest, AReadEndsWhenTheStreamIsReplaced) {
  run([this] {
    std::array<int, 2> others{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, others.data()), 0);
    std::string ended;
    begin_wait(ended, [this] { static_cast<void>(stream->read_exactly(10)); });
    *stream = TcpStream::from_fd(others[0]);
    EXPECT_EQ(::send(others[1], "new", 3, 0), 3);
    EXPECT_EQ(stream->read_exactly(3), "new") << "of the new connection";
    sleep_for(1s);
    EXPECT_EQ(ended, closed("reading from"));
    ::close(others[1]);
  });
}

TEST_F(TcpCloseTest, AWaitForDataEndsWhenTheStreamIsClosed) {
  run([this] {
    std::string ended;
    begin_wait(ended, [this] { static_cast<void>(stream->wait_readable()); });
    stream.reset();
    sleep_for(1s);
    EXPECT_EQ(ended, closed("wait_readable of"));
  });
}

TEST_F(TcpCloseTest, AReadAndAWriteEndTogether) {
  run([this] {
    std::string read;
    std::string written;
    begin_wait(read, [this] { static_cast<void>(stream->read_some()); });
    begin_wait(written, [this] { stream->write_all(std::string(10'000'000, 'x')); });
    stream.reset();
    sleep_for(1s);
    EXPECT_EQ(read, closed("reading from"));
    EXPECT_EQ(written, closed("writing to"));
  });
}

TEST_F(TcpCloseTest, AWriteThatLetsOthersRunEndsWhenTheStreamIsDestroyed) {
  run([this] {
    std::string ended;
    begin(ended, [this] {
      for (;;) stream->write_all("x");
    });
    coro::this_coroutine::yield();
    EXPECT_EQ(ended, "");
    stream.reset();
    sleep_for(1s);
    EXPECT_EQ(ended, closed("writing to"));
  });
}

TEST_F(TcpCloseTest, AReadThatIsStoppedMayOutliveTheStream) {
  run([this] {
    for (const bool stops_first : {true, false}) {
      std::array<int, 2> others{};
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, others.data()), 0);
      stream = std::make_unique<TcpStream>(TcpStream::from_fd(others[0]));
      std::string ended;
      coro::Coroutine& reader =
          begin_wait(ended, [this] { static_cast<void>(stream->read_some()); });
      if (stops_first) reader.request_stop();
      stream.reset();
      if (!stops_first) reader.request_stop();
      sleep_for(1s);
      EXPECT_EQ(ended, "stopped");
      EXPECT_EQ(scheduler.alive(), 1U);
      ::close(others[1]);
    }
  });
}

TEST_F(TcpCloseTest, AStoppedCallLeavesTheStreamUsable) {
  run([this] {
    std::string ended;
    coro::Coroutine& reader = begin_wait(ended, [this] { static_cast<void>(stream->read_some()); });
    reader.request_stop();
    sleep_for(1s);
    EXPECT_EQ(ended, "stopped");
    peer_sends("later");
    EXPECT_EQ(stream->read_some(), "later");
    stream->close();
    sleep_for(1s);
    EXPECT_EQ(scheduler.alive(), 1U);
  });
}

TEST_F(TcpCloseTest, WhatArrivesAfterAMoveIsInTheNewStream) {
  run([this] {
    std::string ended;
    begin_wait(ended, [this] { static_cast<void>(stream->read_some()); });
    TcpStream target = std::move(*stream);
    stream.reset();
    peer_sends("data");
    sleep_for(1s);
    EXPECT_EQ(ended, moved("reading from"));
    EXPECT_EQ(target.read_some(), "data");
  });
}

TEST_F(TcpCloseTest, AReadEndsWhenTheStreamIsMovedAndThenDestroyed) {
  run([this] {
    std::string ended;
    begin_wait(ended, [this] { static_cast<void>(stream->read_some()); });
    auto target = std::make_unique<TcpStream>();
    *target = std::move(*stream);
    stream.reset();
    target.reset();
    sleep_for(1s);
    EXPECT_EQ(ended, closed("reading from"));
  });
}

}  // namespace
}  // namespace cppworker
