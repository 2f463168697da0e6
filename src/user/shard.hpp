#pragma once

#include <atomic>
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
#include <unordered_map>
#include <utility>
#include <vector>

#include <cppworker/environment.hpp>
#include <cppworker/value.hpp>

#include "coro/scheduler.hpp"
#include "failures/sampler.hpp"
#include "net/shard_resolver.hpp"
#include "net/tls_contexts.hpp"
#include "stats/request_stats.hpp"

namespace cppworker::detail {

class UserRun;

/// Sends data of a shard to the control thread. Implemented by the app; its functions do not block.
class ControlLink {
 public:
  virtual ~ControlLink() = default;
  virtual void send_message(std::string type, Value data) = 0;  ///< any thread
  /// False while the queue of messages to the master is full. A user waits before it sends another.
  /// Any thread.
  [[nodiscard]] virtual bool takes_messages() const { return true; }
  virtual void user_error(std::string msg, std::string traceback) = 0;  ///< any thread
  /// The user class has no host, so none of its users can start. Any thread.
  virtual void host_is_missing(std::string msg, std::string traceback) {
    user_error(std::move(msg), std::move(traceback));
  }
  virtual void quit() {}                       ///< any thread
  virtual void stop() {}                       ///< any thread
  virtual void listener_failed() {}            ///< an exception left a listener; any thread
  virtual void set_exit_code(int /*code*/) {}  ///< any thread
};

/// The users of one thread share a shard: the scheduler that runs them, their statistics and the
/// settings of the test run. Everything belongs to the shard's thread.
class Shard {
 public:
  Shard(std::size_t index, std::size_t count, coro::Scheduler& scheduler, ControlLink& control,
        std::size_t max_entries, stats::Precision precision = stats::Precision::kLocust,
        net::Resolver& resolver = net::Resolver::process());
  /// Switches samples of failed requests on.
  /// @param per_failure how many of each failure; 0: none
  void keep_failure_samples(std::size_t per_failure, std::uint64_t seed);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  const std::size_t index;
  const std::size_t count;
  coro::Scheduler& scheduler;
  ControlLink& control;
  stats::RequestStats stats;  ///< written by record(), read by take_stats()
  net::ShardResolver names;
  net::TlsContexts tls_contexts;
  std::mt19937_64 random{std::random_device{}()};

  std::string host;      ///< set by the master; "": each class uses its own
  Value parsed_options;  ///< from the last spawn message: a map or None
  std::int64_t worker_index = -1;

  /// The number of requests that were cut off because their user was stopped, by "METHOD name".
  std::map<std::string, std::int64_t> cut_off_requests;

  /// The engines of the HTTP users. Created by src/http on first use, destroyed with the shard.
  std::shared_ptr<void> own_http_engine;
  std::shared_ptr<void> curl_http_engine;

  struct Handler {
    Runner::MessageListener listener;
    bool concurrent = false;
  };
  std::map<std::string, Handler, std::less<>> message_listeners;

  /// The lives of the users whose constructors are running, by coroutine, until User's constructor
  /// has run.
  std::unordered_map<const coro::Coroutine*, UserRun*> creating;

  /// The values of the ShardLocal variables, by index.
  std::vector<std::shared_ptr<void>> locals;

  /// Whether the HTTP users measure the phases of their requests (--phases).
  bool measures_phases = false;

  /// The shard of this thread, from its construction to its destruction; nullptr on other threads.
  static Shard* current();
  /// Makes this the shard of this thread. For simulations that run several shards on one thread.
  void make_current();
  /// Throws std::logic_error on any other thread.
  /// @param function the public function that was called, for the message
  void check_thread(std::string_view function) const;

  /// A request that has ended.
  struct Request {
    std::string_view method;
    std::string_view name;
    std::optional<Milliseconds> response_time{};
    std::int64_t response_length = 0;
    const std::string* failure = nullptr;  ///< the text of the failure; null: success
    coro::TimePoint ended;
    const stats::PhaseTimes* phases = nullptr;  ///< null: not measured
  };
  void record(const Request& request);

  /// Whether failed requests are sampled. Then record() is followed by keep_sample().
  [[nodiscard]] bool keeps_samples() const { return samples_.is_on(); }
  /// The parts of a sample that do not depend on the kind of the request.
  [[nodiscard]] failures::Sample begin_sample(const Request& request, double start_time) const;
  void keep_sample(failures::Sample sample) { samples_.add(std::move(sample)); }

  /// The requests since the last call. Their Unix times are the scheduler's times plus
  /// `clock_offset`, even if the system clock was set meanwhile. The caller can correct them.
  struct Taken {
    stats::Recording recording;
    coro::Duration clock_offset;
    std::vector<failures::Sample> samples;  ///< of failed requests
    bool samples_overflow;                  ///< there was no room for some of them
  };
  [[nodiscard]] Taken take_stats();

  /// The number of requests and failures since the last take_stats() or clear_stats(). For any
  /// thread: a blocked thread can't be asked.
  struct Untaken {
    std::int64_t requests = 0;
    std::int64_t failures = 0;
  };
  [[nodiscard]] Untaken untaken() const {
    return {untaken_requests_.load(std::memory_order_relaxed),
            untaken_failures_.load(std::memory_order_relaxed)};
  }

  /// Discards the recorded requests and the counts of cut-off requests, when a test run begins.
  void clear_stats();

  /// Converts a time of the scheduler to Unix time in seconds. Follows changes of the system clock.
  [[nodiscard]] double unix_time(coro::TimePoint time) const;

  /// Returns a copy that lives as long as the shard. Running users keep their host when the master
  /// sets a new one.
  std::string_view intern_host(std::string_view host_to_keep);

 private:
  double begin_recording();

  coro::Duration recording_offset_;  // of the current recording
  // Written by this thread only.
  std::atomic<std::int64_t> untaken_requests_{0};
  std::atomic<std::int64_t> untaken_failures_{0};
  failures::Sampler samples_{{}, 0};
  std::set<std::string, std::less<>> hosts_;
};

}  // namespace cppworker::detail
