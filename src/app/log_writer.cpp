#include "app/log_writer.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <deque>
#include <mutex>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/check.hpp"

namespace cppworker::app {
namespace {

/// The maximum size of one write() that combines several lines.
constexpr std::size_t kBatchBytes = std::size_t{16} << 10U;

/// Moves the cursor to the beginning of the line and erases the line.
constexpr std::string_view kEraseLine = "\r\x1b[K";

/// Room that a writer has for a batch where the process has no more memory.
constexpr std::size_t kReservedBytes = 4096;
constexpr std::size_t kReservedLines = 64;

/// The number of unwritten lines of all writers of the process.
std::atomic<std::int64_t> lines_unwritten{0};
static_assert(decltype(lines_unwritten)::is_always_lock_free, "a signal handler reads it");

struct Written {
  std::size_t bytes = 0;
  int error = 0;  ///< errno if not all bytes were written, else 0
};

Written write_all(int fd, std::string_view text) {
  Written written;
  while (written.bytes < text.size()) {
    const ssize_t count = ::write(fd, text.data() + written.bytes, text.size() - written.bytes);
    if (count >= 0) {
      written.bytes += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {  // another process has made the pipe or terminal non-blocking
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      written.error = errno;
      return written;
    }
  }
  return written;
}

/// Starts a thread to which no signal is delivered. SIGTERM would end the process on it, and
/// SIGTTOU would stop the process if it runs in the background of a terminal.
template <class Function>
std::thread thread_without_signals(Function function) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  try {
    thread = std::thread(std::move(function));
  } catch (const std::system_error&) {  // no more threads: the caller works without one
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

struct LogWriter::State {
  State(int fd_, bool owns_fd_, Texts texts_, Options options_)
      : fd(fd_), owns_fd(owns_fd_), texts(std::move(texts_)), options(options_) {
    text.reserve(kReservedBytes);
    ends.reserve(kReservedLines);
  }
  ~State() {
    lines_unwritten -= static_cast<std::int64_t>(waiting.size());
    if (owns_fd) ::close(fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] bool has_work() const { return !waiting.empty() || below_changed; }
  [[nodiscard]] bool idle() const { return !has_work() && !writing; }

  void run() {
    Lock lock(mutex);
    while (true) {
      work.wait(lock, [this] { return stop || has_work(); });
      while (has_work()) write_batch(lock);
      if (stop) break;
    }
    if (dropped > 0) write_batch(lock);  // tries to report the number of dropped lines
    ended = true;
    changed.notify_all();
  }

  void take_first() {
    CHECK(waiting_bytes >= waiting.front().size());
    waiting_bytes -= waiting.front().size();
    waiting.pop_front();
  }

  /// Moves some of the lines to `text`. Without memory: as many as there is room for. A line that
  /// does not even fit alone is dropped, because the memory may never come back.
  void collect_lines() {
    try {
      while (!waiting.empty() &&
             (ends.empty() || text.size() + waiting.front().size() <= kBatchBytes)) {
        ends.push_back(text.size() + waiting.front().size());
        text += waiting.front();
        take_first();
      }
    } catch (const std::bad_alloc&) {
      if (!ends.empty() && ends.back() != text.size()) ends.pop_back();
      if (ends.empty()) {
        take_first();
        --lines_unwritten;
        ++dropped;
      }
    }
  }

  /// Adds the text below the lines. False if there is none, or no memory for it.
  bool add_below() {
    below_changed = false;
    try {
      text += below;
      return !below.empty();
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  /// Writes the number of dropped lines, then some of the lines. Unlocks the lock while it writes.
  void write_batch(Lock& lock) {
    text.clear();
    if (std::exchange(torn, false)) text.push_back('\n');
    if (below_shown) text += kEraseLine;
    ends.clear();
    std::uint64_t reported = dropped;
    try {
      if (reported > 0) text += texts.dropped(reported);
    } catch (const std::bad_alloc&) {
      reported = 0;
    }
    const std::size_t report_end = text.size();
    collect_lines();
    const bool shows_below = add_below();
    writing = true;
    lock.unlock();
    const Written written = write_all(fd, text);
    if (std::exchange(error, written.error) == 0 && error != 0) texts.failed(error);
    lock.lock();
    writing = false;
    below_shown = shows_below && written.error == 0;
    lines_unwritten -= static_cast<std::int64_t>(ends.size());
    CHECK(written.bytes <= text.size() && dropped >= reported);
    if (written.bytes >= report_end) dropped -= reported;
    const auto first_lost = std::upper_bound(ends.begin(), ends.end(), written.bytes);
    dropped += static_cast<std::uint64_t>(ends.end() - first_lost);
    torn = written.error != 0 && written.bytes > 0 && text[written.bytes - 1] != '\n';
    ++progress;
    changed.notify_all();
  }

  const int fd;
  const bool owns_fd;
  const Texts texts;
  const Options options;

  std::mutex mutex;
  std::condition_variable work;     // wakes the writer
  std::condition_variable changed;  // wakes the threads that wait for the writer
  std::string text;                 // the batch that is being written
  std::vector<std::size_t> ends;    // where its lines end
  std::deque<std::string> waiting;
  std::size_t waiting_bytes = 0;
  std::string below;           // the text of show_below()
  bool below_changed = false;  // `below` is not written yet
  bool below_shown = false;    // the terminal shows a text that the next batch must erase
  std::uint64_t dropped = 0;   // dropped lines that the log does not account for yet
  std::uint64_t progress = 0;  // batches that have been written or have failed
  std::uint64_t stuck_at = static_cast<std::uint64_t>(-1);  // `progress` when a wait timed out
  bool writing = false;
  bool torn = false;  // the last line was written without its end
  int error = 0;      // of the last batch; used while `writing`
  bool stop = false;
  bool ended = false;
};

LogWriter::LogWriter(int fd, bool owns_fd, Texts texts, Options options)
    : state_(std::make_shared<State>(fd, owns_fd, std::move(texts), options)) {
  thread_ = thread_without_signals([state = state_] {
    pthread_setname_np(pthread_self(), "log");
    state->run();
  });
}

LogWriter::~LogWriter() {
  if (!thread_.joinable()) return;
  wait_written();
  State::Lock lock(state_->mutex);
  state_->stop = true;
  state_->work.notify_all();
  const bool stuck = state_->stuck_at == state_->progress;
  if (!stuck &&
      state_->changed.wait_for(lock, state_->options.patience, [this] { return state_->ended; })) {
    lock.unlock();
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::write(std::string line) {
  State& state = *state_;
  State::Lock lock(state.mutex);
  const std::size_t bytes = line.size();
  state.waiting.push_back(std::move(line));
  state.waiting_bytes += bytes;
  ++lines_unwritten;
  while (state.waiting_bytes > state.options.most_bytes && state.waiting.size() > 1) {
    state.waiting_bytes -= state.waiting.front().size();
    state.waiting.pop_front();
    ++state.dropped;
    --lines_unwritten;
  }
  if (thread_.joinable()) {
    state.work.notify_one();
  } else if (!state.writing) {  // no thread could be started: this thread writes the lines
    while (!state.waiting.empty()) state.write_batch(lock);
  }
}

void LogWriter::show_below(std::string text) {
  State& state = *state_;
  State::Lock lock(state.mutex);
  if (text == state.below) return;
  state.below = std::move(text);
  state.below_changed = true;
  if (thread_.joinable()) {
    state.work.notify_one();
  } else if (!state.writing) {
    state.write_batch(lock);
  }
}

bool LogWriter::wait_written() {
  State& state = *state_;
  const auto give_up = std::chrono::steady_clock::now() + 5 * state.options.patience;
  State::Lock lock(state.mutex);
  while (!state.idle()) {
    const std::uint64_t before = state.progress;
    if (state.stuck_at == before) return false;
    const bool moved = state.changed.wait_for(
        lock, state.options.patience, [&] { return state.idle() || state.progress != before; });
    if (!moved) state.stuck_at = before;
    if (!moved || std::chrono::steady_clock::now() > give_up) return false;
  }
  return true;
}

std::uint64_t LogWriter::unreported() const {
  const State::Lock lock(state_->mutex);
  return state_->dropped;
}

void LogWriter::wait_for_all_in_crash() noexcept {
  constexpr timespec kPause{0, 5'000'000};
  for (int i = 0; i < 200 && lines_unwritten > 0; ++i) ::nanosleep(&kPause, nullptr);
}

}  // namespace cppworker::app
