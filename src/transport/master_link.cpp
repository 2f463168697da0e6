#include "transport/master_link.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <zmq.hpp>

#include "base/check.hpp"
#include "base/single_thread.hpp"
#include "transport/endpoint_resolver.hpp"

namespace cppworker::transport {
namespace {

using namespace std::chrono_literals;

// The maximum number of messages in ZeroMQ's own queues, whose size in bytes ZeroMQ does not limit.
// Further messages wait in unsent_, whose size in bytes is limited.
constexpr int kMostQueued = 16;
constexpr int kMostUnread = 1000;
/// ZeroMQ closes the connection to a peer that announces a larger message, without giving a reason.
/// decode() has a lower limit and reports the size (protocol/decode.hpp).
constexpr std::int64_t kLargestMessage = std::int64_t{1} << 30;
constexpr auto kReconnectInterval = 100ms;
constexpr auto kLongestReconnectInterval = 1000ms;
/// A server that accepts connections and then sends nothing (a web server that waits for a request)
/// is reported as not being a master after this time, before the first warning after 5 seconds
/// without a master.
constexpr auto kHandshakeTime = 3000ms;
/// The maximum interval between TCP retransmissions, on kernels where a socket can set it
/// (TCP_RTO_MAX_MS, Linux 6.15). With the usual exponential backoff, the connection would stay
/// silent after an outage for as long as the outage lasted.
constexpr auto kLongestResendInterval = 1000ms;
/// The pause between closing a connection and opening the next one. If the new connection reaches
/// the master before the end of the old one, the master ignores it, because it has the same
/// identity.
constexpr auto kPauseBeforeReopening = 100ms;

constexpr int kMonitored = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                           ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED;

/// Owns a file descriptor.
class Fd {
 public:
  Fd(int fd, const char* what) : fd_(fd) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), what);
  }
  ~Fd() { ::close(fd_); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

int milliseconds(std::chrono::milliseconds duration) { return static_cast<int>(duration.count()); }

#ifndef TCP_RTO_MAX_MS
constexpr int TCP_RTO_MAX_MS = 44;  // linux/tcp.h of Linux 6.15
#endif

/// Limits the backoff of TCP's retransmissions. Without effect on older kernels.
/// @param fd a connected socket of ZeroMQ. If it is already closed and another socket has its
/// number,
///     the limit applies to that socket, which does no harm.
void bound_resend_interval(int fd) {
  const int longest = milliseconds(kLongestResendInterval);
  setsockopt(fd, IPPROTO_TCP, TCP_RTO_MAX_MS, &longest, sizeof longest);
}

}  // namespace

class MasterLink::Impl {
 public:
  Impl(MasterLinkOptions options, net::Resolver& resolver)
      : options_(std::move(options)), resolver_(options_.host, options_.port, resolver) {
    watch(wake_.get());
    watch(pause_.get());
    watch(resolver_.fd());
  }

  ~Impl() { close_sockets(linger_); }

  [[nodiscard]] int fd() const { return epoll_.get(); }

  std::optional<LinkEvent> next_event() {
    DCHECK(thread_.is_here());
    reset_wake();
    while (events_.empty() && step()) {
    }
    if (events_.empty()) {
      if (!unsent_.empty()) send_unsent();
      return std::nullopt;
    }
    LinkEvent event = std::move(events_.front());
    events_.pop_front();
    if (std::holds_alternative<Down>(event)) down_is_unread_ = false;
    return event;
  }

  bool send(std::string bytes) {
    DCHECK(thread_.is_here());
    CHECK(!bytes.empty());
    while (socket_ && read_monitor()) {
    }
    // If the caller has not read the Down event yet, its message is for the old connection.
    if (!up_ || down_is_unread_) return false;
    if (!unsent_.empty() && unsent_bytes_ + bytes.size() > options_.most_unsent_bytes) return false;
    unsent_bytes_ += bytes.size();
    unsent_.push_back(std::move(bytes));
    send_unsent();
    return true;
  }

  [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }

  void reopen() {
    if (up_) start_pause();
    close_sockets(0ms);
    events_.clear();
    down_is_unread_ = false;
    checks_address_ = false;
    if (!pausing_) resolver_.start();
  }

  void check_address() {
    if (!up_) return;
    checks_address_ = true;
    resolver_.start();
  }

  void close(std::chrono::milliseconds linger) {
    linger_ = linger;
    wait_for_unsent(linger);
    close_sockets(linger);
  }

 private:
  /// Handles one event, or adds it to events_. False if there was none.
  bool step() {
    if (pause_is_over()) resolver_.start();
    if (auto endpoints = resolver_.take()) {
      if (std::exchange(checks_address_, false)) {
        leave_old_address(std::move(*endpoints));
      } else if (!pausing_) {
        open(std::move(*endpoints));
      }
      return true;
    }
    if (!socket_) return false;
    if (read_monitor()) return true;
    return read_message();
  }

  /// Sends as many messages as ZeroMQ accepts. next_event() sends the others later: the socket's
  /// descriptor becomes readable when there is room.
  void send_unsent() {
    // Querying the events makes ZeroMQ process the commands of its I/O thread, which it otherwise
    // does only occasionally.
    while (!unsent_.empty() && (events() & ZMQ_POLLOUT) != 0 &&
           socket_.send(zmq::buffer(unsent_.front()), zmq::send_flags::dontwait)) {
      unsent_bytes_ -= unsent_.front().size();
      unsent_.pop_front();
    }
    // Sending may have consumed the readiness of the socket's descriptor for a message or for room.
    const int pending = unsent_.empty() ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT;
    if ((events() & pending) != 0) wake();
  }

  void wait_for_unsent(std::chrono::milliseconds patience) {
    if (!up_) return;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!unsent_.empty()) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left <= 0ms) return;
      socket_.set(zmq::sockopt::sndtimeo, milliseconds(left));
      if (!socket_.send(zmq::buffer(unsent_.front()))) return;
      unsent_.pop_front();
    }
  }

  void forget_unsent() {
    unsent_.clear();
    unsent_bytes_ = 0;
  }

  void start_pause() {
    itimerspec pause{};
    pause.it_value.tv_nsec = std::chrono::nanoseconds(kPauseBeforeReopening).count();
    timerfd_settime(pause_.get(), 0, &pause, nullptr);
    pausing_ = true;
  }

  bool pause_is_over() {
    std::uint64_t expirations = 0;
    if (!pausing_ || read(pause_.get(), &expirations, sizeof expirations) < 0) return false;
    pausing_ = false;
    return true;
  }

  void leave_old_address(protocol::Result<Endpoints> endpoints) {
    if (!endpoints.ok() || has(endpoints.value(), endpoint_)) return;
    connection_lost();
    open(std::move(endpoints));
  }

  void open(protocol::Result<Endpoints> endpoints) {
    close_sockets(0ms);
    if (!endpoints.ok()) {
      events_.emplace_back(Trouble{endpoints.error()});
      return;
    }
    endpoints_ = std::move(endpoints).value();
    if (!master_.empty() && !has(endpoints_, master_)) {
      events_.emplace_back(Trouble{
          fmt::format("{} is no longer at {}", options_.host, std::exchange(master_, {})), true});
    }
    // The endpoint that answered last time is tried first; one that did not answer is tried last.
    tried_ = 0;
    current_ = ever_up_ ? index_of(endpoint_) : index_of(endpoint_) + (endpoint_.empty() ? 0 : 1);
    current_ %= endpoints_.size();

    socket_ = zmq::socket_t(context_, zmq::socket_type::dealer);
    socket_.set(zmq::sockopt::routing_id, options_.identity);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::immediate, true);
    socket_.set(zmq::sockopt::ipv6, true);
    socket_.set(zmq::sockopt::sndhwm, kMostQueued);
    socket_.set(zmq::sockopt::rcvhwm, kMostUnread);
    socket_.set(zmq::sockopt::maxmsgsize, kLargestMessage);
    socket_.set(zmq::sockopt::tcp_keepalive, 1);
    socket_.set(zmq::sockopt::tcp_keepalive_idle, 30);
    socket_.set(zmq::sockopt::tcp_maxrt, milliseconds(options_.user_timeout));
    socket_.set(zmq::sockopt::reconnect_ivl, milliseconds(kReconnectInterval));
    socket_.set(zmq::sockopt::reconnect_ivl_max, milliseconds(kLongestReconnectInterval));
    socket_.set(zmq::sockopt::handshake_ivl, milliseconds(kHandshakeTime));

    const std::string name = fmt::format("inproc://master-link-monitor-{}", ++opened_);
    if (zmq_socket_monitor(socket_.handle(), name.c_str(), kMonitored) != 0) throw zmq::error_t();
    monitor_ = zmq::socket_t(context_, zmq::socket_type::pair);
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.connect(name);
    watch(socket_.get(zmq::sockopt::fd));
    watch(monitor_.get(zmq::sockopt::fd));
    connect_current();
  }

  [[nodiscard]] static bool has(const Endpoints& endpoints, std::string_view endpoint) {
    return std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
  }

  [[nodiscard]] std::size_t index_of(const std::string& endpoint) const {
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      if (endpoints_[i] == endpoint) return i;
    }
    return 0;
  }

  void connect_current() {
    endpoint_ = endpoints_[current_];
    ever_up_ = false;
    first_try_is_due_ = false;
    ++tried_;
    try {
      socket_.connect(endpoint_);
    } catch (const zmq::error_t& e) {
      events_.emplace_back(Trouble{fmt::format("can't connect to {}: {}", endpoint_, e.what())});
    }
  }

  /// Tries the host's other addresses at once, one after the other. ZeroMQ retries the last one.
  void try_next_endpoint() {
    if (tried_ >= endpoints_.size()) return;
    socket_.disconnect(endpoint_);
    current_ = (current_ + 1) % endpoints_.size();
    connect_current();
  }

  bool read_monitor() {
    zmq::message_t message;
    if (!monitor_.recv(message, zmq::recv_flags::dontwait)) return false;
    std::uint16_t event = 0;
    std::uint32_t value = 0;
    if (message.size() >= sizeof event + sizeof value) {
      std::memcpy(&event, message.data(), sizeof event);
      std::memcpy(&value, message.data<char>() + sizeof event, sizeof value);
    }
    zmq::message_t address;
    if (message.more()) [[maybe_unused]]
      const auto size = monitor_.recv(address);
    switch (event) {
      case ZMQ_EVENT_CONNECTED:
        bound_resend_interval(static_cast<int>(value));
        break;
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        if (is_given_up(address.to_string_view())) break;
        up_ = true;
        ever_up_ = true;
        master_ = endpoint_;
        events_.emplace_back(Up{});
        break;
      case ZMQ_EVENT_DISCONNECTED:
        connection_lost();
        break;
      case ZMQ_EVENT_CONNECT_RETRIED:
        if (is_given_up(address.to_string_view())) break;
        // The first such event after a lost connection announces an attempt, not a failed one.
        if (std::exchange(first_try_is_due_, false)) break;
        if (ever_up_) {
          if (!up_) events_.emplace_back(refusal());
          break;
        }
        // A server that accepts and then closes the connection (such as a web server) has been
        // reported already.
        if (std::exchange(foreign_, {}) == endpoint_) break;
        trouble(refusal());
        break;
      default:
        if (is_given_up(address.to_string_view())) break;
        foreign_ = endpoint_;
        trouble({fmt::format("the server at {} does not use ZeroMQ's protocol", endpoint_)});
        break;
    }
    return true;
  }

  void connection_lost() {
    while (read_message()) {
    }
    forget_unsent();
    if (std::exchange(up_, false)) {
      first_try_is_due_ = true;
      down_is_unread_ = true;
      events_.emplace_back(Down{});
    }
  }

  /// True if this is a late event of an address that is no longer tried.
  [[nodiscard]] bool is_given_up(std::string_view address) const {
    return address != endpoint_ && has(endpoints_, address);
  }

  [[nodiscard]] Trouble refusal() const {
    return {fmt::format("no process accepts connections at {}", endpoint_), true};
  }

  void trouble(Trouble trouble) {
    events_.emplace_back(std::move(trouble));
    try_next_endpoint();
  }

  bool read_message() {
    zmq::message_t message;
    if (!socket_.recv(message, zmq::recv_flags::dontwait)) return false;
    if (!message.more()) {
      events_.emplace_back(Received{message.to_string()});
      return true;
    }
    while (message.more()) [[maybe_unused]] const auto size = socket_.recv(message);
    if (++multipart_messages_ == 1) {
      spdlog::warn(
          "Ignored a multipart message. Locust masters do not send these (logged only once)");
    }
    return true;
  }

  void close_sockets(std::chrono::milliseconds linger) {
    up_ = false;
    forget_unsent();
    if (!socket_) return;
    unwatch(socket_.get(zmq::sockopt::fd));
    unwatch(monitor_.get(zmq::sockopt::fd));
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
    monitor_.close();
    socket_.set(zmq::sockopt::linger, milliseconds(linger));
    socket_.close();
  }

  int events() { return socket_.get(zmq::sockopt::events); }

  void watch(int fd) {
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.fd = fd;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &interest) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }

  void unwatch(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  }

  void reset_wake() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(wake_.get(), &count, sizeof count);
  }

  MasterLinkOptions options_;
  base::SingleThread thread_;  // for assertions
  std::chrono::milliseconds linger_{0};
  Fd epoll_{epoll_create1(EPOLL_CLOEXEC), "epoll_create1"};
  Fd wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"};
  Fd pause_{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create"};
  bool pausing_ = false;
  EndpointResolver resolver_;
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  zmq::socket_t monitor_;

  Endpoints endpoints_;
  std::string foreign_;      // the last endpoint that answered without ZeroMQ's protocol
  std::string endpoint_;     // the endpoint of socket_
  std::string master_;       // the last endpoint that was up
  std::size_t current_ = 0;  // its index in endpoints_
  std::size_t tried_ = 0;    // endpoints tried since the socket was opened
  bool ever_up_ = false;     // endpoint_ answered
  bool up_ = false;
  bool checks_address_ = false;    // the lookup that is running is only to compare with endpoint_
  bool down_is_unread_ = false;    // events_ has a Down
  bool first_try_is_due_ = false;  // ZeroMQ announces it with the same event as a failed attempt
  std::uint64_t opened_ = 0;
  std::deque<std::string> unsent_;  // messages that ZeroMQ has not accepted yet, in order
  std::size_t unsent_bytes_ = 0;
  std::uint64_t multipart_messages_ = 0;
  std::deque<LinkEvent> events_;
};

MasterLink::MasterLink(MasterLinkOptions options, net::Resolver& resolver)
    : impl_(std::make_unique<Impl>(std::move(options), resolver)) {}

MasterLink::~MasterLink() = default;

int MasterLink::fd() const { return impl_->fd(); }
std::optional<MasterLink::LinkEvent> MasterLink::next_event() { return impl_->next_event(); }
bool MasterLink::send(std::string bytes) { return impl_->send(std::move(bytes)); }
std::size_t MasterLink::unsent() const { return impl_->unsent(); }
void MasterLink::reopen() { impl_->reopen(); }
void MasterLink::check_address() { impl_->check_address(); }
void MasterLink::close(std::chrono::milliseconds linger) { impl_->close(linger); }

}  // namespace cppworker::transport
