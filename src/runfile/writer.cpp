#include "runfile/writer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "runfile/block.hpp"
#include "stats/merge.hpp"

namespace cppworker::runfile {
namespace {

constexpr mode_t kMode = 0666;  // reduced by the umask

/// Spans of blocks. Each divides the next.
constexpr std::array<std::int64_t, 3> kSpans = {1, 10, 60};
constexpr std::int64_t kLongRun = 3'600;  // seconds, after which blocks cover 10 s

/// 0.95 MB per minute for 100 entries. Small files may grow as if they had 20.
constexpr std::int64_t kBytesPerEntryAndSecond = 158;
constexpr std::int64_t kFewestEntries = 20;

[[noreturn]] void fail(const std::string& file) {
  throw Error(fmt::format("Can't write {}: {}", file, std::system_category().message(errno)));
}

void write_at(int fd, std::int64_t offset, std::string_view bytes, const std::string& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(file);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
}

void add_thread(ThreadLateness& into, ThreadLateness&& from) {
  into.wakeups.add(std::move(from.wakeups));
  into.late.add(std::move(from.late));
  into.late_times.add(std::move(from.late_times));
  into.max_ms = std::max(into.max_ms, from.max_ms);
}

/// The newer state, but the higher loads.
void add_state(std::optional<State>& into, std::optional<State>&& from) {
  if (!from) return;
  if (into) {
    from->cpu_percent = std::max(from->cpu_percent, into->cpu_percent);
    from->memory_bytes = std::max(from->memory_bytes, into->memory_bytes);
    from->lag_p99_ms = std::max(from->lag_p99_ms, into->lag_p99_ms);
    from->lag_max_ms = std::max(from->lag_max_ms, into->lag_max_ms);
    into->threads.resize(std::max(into->threads.size(), from->threads.size()));
    for (std::size_t i = 0; i < from->threads.size(); ++i) {
      add_thread(into->threads[i], std::move(from->threads[i]));
    }
    from->threads = std::move(into->threads);
  }
  into = std::move(from);
}

}  // namespace

void merge(Seconds& into, Seconds&& from) {
  stats::merge(into.increment, std::move(from.increment));
  add_state(into.state, std::move(from.state));
}

Writer::Writer(std::string file, const Header& header) : file_(std::move(file)) {
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (fd_ < 0) fail(file_);
  try {
    const std::string begin = std::string(kFirstLine) + Encoder::header(header);
    write_at(fd_, 0, begin, file_);
    complete_ = size_ = static_cast<std::int64_t>(begin.size());
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Writer::~Writer() { ::close(fd_); }

std::int64_t Writer::budget(std::int64_t elapsed) const {
  const auto entries = static_cast<std::int64_t>(encoder_.entry_count());
  return std::max(entries, kFewestEntries) * kBytesPerEntryAndSecond * elapsed;
}

std::int64_t Writer::span_at(std::int64_t second) const {
  const std::int64_t elapsed = second - first_second_;
  std::size_t level = elapsed < kLongRun ? 0 : 1;
  if (elapsed > 0 && size_ - sample_bytes_ > budget(elapsed)) ++level;
  return kSpans.at(level);
}

void Writer::add(Seconds second) {
  CHECK(second.span == 1);
  if (first_second_ == 0) first_second_ = second.begin;
  const bool belongs_to_open =
      open_ && second.begin >= open_->begin && second.begin < open_->begin + open_->span;
  if (!belongs_to_open && is_written_) close();
  const std::int64_t begin = second.begin;
  stats::Phases phases = std::exchange(second.increment.phases, {});
  if (open_) {
    extend(std::move(second));
  } else {
    open(std::move(second));
  }
  add_phases(begin, std::move(phases));
  write();
}

void Writer::add_phases(std::int64_t second, stats::Phases&& phases) {
  const std::int64_t span = span_at(second) == kSpans.front() ? kSpans[1] : kSpans.back();
  const std::int64_t begin = second - second % span;
  if (phases_ && begin >= phases_->begin + phases_->span) {
    before_ += encoder_.phases(*phases_);
    phases_.reset();
  }
  if (phases.empty()) return;
  before_ += encoder_.new_names(phases);
  if (!phases_) phases_ = Phases{.begin = begin, .span = span, .entries = {}};
  stats::merge(phases_->entries, std::move(phases));
}

void Writer::open(Seconds second) {
  const std::int64_t span = span_at(second.begin);
  second.begin -= second.begin % span;
  second.span = span;
  before_ += encoder_.new_names(second.increment);
  open_ = std::move(second);
}

/// Outside of the open seconds only if they could not be written: then the span grows.
void Writer::extend(Seconds second) {
  const std::int64_t begin = std::min(open_->begin, second.begin);
  open_->span = std::max(open_->begin + open_->span, second.begin + 1) - begin;
  open_->begin = begin;
  merge(*open_, std::move(second));
  before_ += encoder_.new_names(open_->increment);
}

void Writer::add(const Event& event) {
  using Kind = Event::Kind;
  if (is_written_) close();  // keeps the order of seconds and events
  // The seconds that could not be written are before the event and do not count any more.
  if (event.kind == Kind::kClear || event.kind == Kind::kReset) {
    open_.reset();
    phases_.reset();
  }
  append(Encoder::event(event));
}

void Writer::add(const failures::Sample& sample) {
  if (is_written_) close();
  const std::string block = Encoder::sample(sample);
  sample_bytes_ += static_cast<std::int64_t>(block.size());
  append(block);
}

void Writer::append(const std::string& block) {
  before_ += block;
  is_written_ = false;
}

void Writer::flush() {
  if (!is_written_) write();
}

/// The open phases are written again, behind what comes next.
void Writer::close() {
  complete_ = size_ - phases_bytes_;
  phases_bytes_ = 0;
  open_.reset();
  before_.clear();
}

void Writer::write() {
  is_written_ = false;
  const std::string phases = phases_ ? encoder_.phases(*phases_) : std::string();
  const std::string bytes = before_ + (open_ ? encoder_.seconds(*open_) : "") + phases;
  write_at(fd_, complete_, bytes, file_);
  const std::int64_t end = complete_ + static_cast<std::int64_t>(bytes.size());
  if (end < size_ && ::ftruncate(fd_, end) != 0) fail(file_);
  size_ = end;
  phases_bytes_ = static_cast<std::int64_t>(phases.size());
  is_written_ = true;
}

}  // namespace cppworker::runfile
