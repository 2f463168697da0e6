#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/environment.hpp>
#include <cppworker/value.hpp>

#include "coro/scheduler.hpp"
#include "net/shard_resolver.hpp"
#include "stats/request_stats.hpp"

namespace cppworker::detail {

/// Where things go that a shard has for the control thread. Implemented by the app; must not block.
class ControlLink {
 public:
  virtual ~ControlLink() = default;
  virtual void send_message(std::string type, Value data) = 0;  ///< any thread
  /// False while too many messages wait for the master: a user should wait before it sends more.
  /// Any thread.
  [[nodiscard]] virtual bool takes_messages() const { return true; }
  virtual void user_error(std::string msg, std::string traceback) = 0;  ///< any thread
  virtual void quit() {}                                                ///< any thread
  virtual void stop() {}                                                ///< any thread
};

/// What the users of one thread share: the scheduler they run on, the statistics they fill and the
/// facts of the run. Everything belongs to the shard's thread.
class Shard {
 public:
  Shard(std::size_t index, std::size_t count, coro::Scheduler& scheduler, ControlLink& control,
        std::size_t max_entries, stats::Precision precision = stats::Precision::kLocust,
        net::Resolver& resolver = net::Resolver::process());
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  const std::size_t index;
  const std::size_t count;
  coro::Scheduler& scheduler;
  ControlLink& control;
  stats::RequestStats stats;  ///< fill it by record(), empty it by take_stats()
  net::ShardResolver names;
  std::mt19937_64 random{std::random_device{}()};

  std::string host;      ///< the master's; "" when each class keeps its own
  Value parsed_options;  ///< of the last spawn: a map or None
  std::int64_t worker_index = -1;

  /// Tasks that this shard's users may still run, together; they end when none is left.
  static constexpr std::int64_t kEndless = -1;
  std::int64_t iterations_left = kEndless;

  /// Requests that were sent but whose answer a stopped user did not wait for, by "METHOD name".
  std::map<std::string, std::int64_t> cut_off_requests;

  /// The HTTP room's engine for this shard; made by it on first use, destroyed with the shard.
  std::shared_ptr<void> http_engine;
  std::shared_ptr<void> fast_http_engine;  ///< the same for FastHttpUser

  struct Handler {
    Runner::MessageListener listener;
    bool concurrent = false;
  };
  std::map<std::string, Handler, std::less<>> message_listeners;

  /// The values of ShardLocal variables, by their index.
  std::vector<std::shared_ptr<void>> locals;

  /// The shard that was made on this thread and lives; nullptr on other threads.
  static Shard* current();
  /// Throws std::logic_error, with a sentence for the author, when another thread calls `function`.
  void check_thread(std::string_view function) const;

  /// A request as the statistics count it.
  struct Request {
    std::string_view method;
    std::string_view name;
    std::optional<Milliseconds> response_time{};
    std::int64_t response_length = 0;
    const std::string* failure = nullptr;  ///< its text; null: a success
    coro::TimePoint ended;
  };
  void record(const Request& request);

  /// What was recorded since the last time. All its Unix times are the scheduler's plus
  /// `clock_offset`, also when the system clock was set meanwhile: who takes it can correct them.
  struct Taken {
    stats::Recording recording;
    coro::Duration clock_offset;
  };
  [[nodiscard]] Taken take_stats();

  /// A run begins: forgets what was recorded, and the requests that were cut off.
  void clear_stats();

  /// Unix time in seconds that belongs to a point in the scheduler's time. Follows the system
  /// clock.
  [[nodiscard]] double unix_time(coro::TimePoint time) const;

  /// The same text with the shard's lifetime: running users keep their host when a new one comes.
  std::string_view intern_host(std::string_view host_to_keep);

 private:
  double begin_recording();

  coro::Duration recording_offset_;  // of the recording that has begun
  std::set<std::string, std::less<>> hosts_;
};

}  // namespace cppworker::detail
