#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/data_feeder.hpp>
#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>
#include <cppworker/shard_local.hpp>

#include "base/check.hpp"
#include "text/utf8.hpp"
#include "user/shard.hpp"
#include "user/tools/csv.hpp"

namespace cppworker {

namespace detail {

/// The rows of a feeder's file and how many of them were dealt. Used by all shards.
class FeederData {
 public:
  FeederData(bool is_json, std::string path, FeederOptions options)
      : is_json_(is_json), path_(std::move(path)), options_(std::move(options)) {}

  ~FeederData() = default;
  FeederData(const FeederData&) = delete;
  FeederData& operator=(const FeederData&) = delete;

  void load() {
    std::call_once(loaded_, [this] {
      try {
        read();
      } catch (const std::exception& error) {
        throw Error(path_ + ": " + error.what());
      }
    });
  }

  [[nodiscard]] std::size_t size() const { return csv ? csv->rows() : list->size(); }

  /// In user code, restarts its worker; elsewhere, all workers of the process.
  void restart() {
    const Shard* here = Shard::current();
    const std::lock_guard lock(mutex_);
    for (auto& [worker_index, rows] : dealt_) {
      if (here == nullptr || worker_index == here->worker_index) {
        rows.store(0);
      }
    }
  }

  /// @pre load() has returned.
  [[nodiscard]] std::size_t next(const Environment& environment) {
    DCHECK(size() != 0);
    if (options_.deal == Deal::kRandom) {
      std::uniform_int_distribution<std::size_t> pick(0, size() - 1);
      return pick(environment.shard().random);
    }
    const std::size_t workers = worker_count(environment);
    const std::size_t index = worker_index(environment, workers);
    const std::size_t own = (size() + workers - 1 - index) / workers;
    const std::uint64_t turn =
        dealt_by(environment.shard()).fetch_add(1, std::memory_order_relaxed);
    if (own == 0 || (options_.deal == Deal::kStop && turn >= own)) {
      throw StopUser();
    }
    const std::size_t row = index + static_cast<std::size_t>(turn % own) * workers;
    DCHECK(row < size());
    return row;
  }

  std::optional<CsvTable> csv;
  Value json;
  const Value::List* list = nullptr;  // the rows in `json`

 private:
  void read();

  [[nodiscard]] std::size_t worker_count(const Environment& environment) const {
    std::int64_t workers = options_.workers;
    if (workers == 0) {
      const Value* expected = environment.parsed_options().find("expect_workers");
      if (expected == nullptr || !expected->to_int64(workers)) workers = 1;
    }
    return static_cast<std::size_t>(std::max<std::int64_t>(workers, 1));
  }

  /// How many rows the shard's worker has dealt.
  [[nodiscard]] std::atomic<std::uint64_t>& dealt_by(const Shard& shard) {
    if (Shard::current() != &shard) {  // called in run_blocking()
      return counter_of(shard.worker_index);
    }
    WorkerCounter& counter = *shard_counter_;
    if (counter.rows == nullptr || counter.worker_index != shard.worker_index) {
      counter = {.worker_index = shard.worker_index, .rows = &counter_of(shard.worker_index)};
    }
    return *counter.rows;
  }

  [[nodiscard]] std::atomic<std::uint64_t>& counter_of(std::int64_t worker_index) {
    const std::lock_guard lock(mutex_);
    return dealt_[worker_index];
  }

  /// The index of this worker among those that share the rows: below `workers`.
  std::size_t worker_index(const Environment& environment, std::size_t workers) {
    const std::int64_t index = std::max<std::int64_t>(environment.runner.worker_index(), 0);
    if (index >= static_cast<std::int64_t>(workers) && workers > 1 && !warned_.exchange(true)) {
      spdlog::warn(
          "{}: this worker has index {}, but the rows are divided among {} workers: another worker "
          "uses the same rows. Start the master with --expect-workers set to the number of "
          "workers.",
          path_, index, workers);
    }
    return static_cast<std::size_t>(index) % workers;
  }

  const bool is_json_;
  const std::string path_;
  const FeederOptions options_;
  std::once_flag loaded_;
  std::atomic<bool> warned_{false};

  std::mutex mutex_;  // guards the map, not the counters in it
  /// The number of rows that each worker of the process (--workers) has dealt, by worker index. The
  /// shards of a worker share its counter: with one per shard, rows would be left over in some.
  std::map<std::int64_t, std::atomic<std::uint64_t>> dealt_;

  /// A shard keeps its worker's counter, so that only its first row takes the lock.
  struct WorkerCounter {
    std::int64_t worker_index = 0;
    std::atomic<std::uint64_t>* rows = nullptr;  // an element of dealt_
  };
  ShardLocal<WorkerCounter> shard_counter_;
};

namespace {

/// Skips the byte order mark that some editors write. parse_json() rejects it, as Python does.
Value parse_file(std::string_view text) {
  if (text.starts_with(text::kByteOrderMark)) {
    text.remove_prefix(text::kByteOrderMark.size());
  }
  try {
    return parse_json(text);
  } catch (const JSONDecodeError& error) {
    throw std::runtime_error(std::string("not valid JSON: ") + error.what());
  }
}

}  // namespace

void FeederData::read() {
  std::ifstream file(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    const int cause = errno;
    const bool is_relative = std::filesystem::path(path_).is_relative();
    throw std::system_error(cause, std::generic_category(),
                            is_relative
                                ? "can't be read in " + std::filesystem::current_path().string()
                                : "can't be read");
  }
  if (is_json_) {
    json = parse_file(text);
    list = json.as_list();
    if (list == nullptr) {
      throw std::runtime_error("expected a JSON array of rows");
    }
  } else {
    csv.emplace(text, options_.delimiter, options_.fieldnames);
  }
  if (size() == 0) {
    throw std::runtime_error("the file has no rows");
  }
}

}  // namespace detail

std::string_view CsvRow::operator[](std::string_view column) const {
  const std::vector<std::string>& columns = data_->csv->columns();
  const auto found = std::ranges::find(columns, column);
  if (found == columns.end()) {
    std::string text = "no column '" + std::string(column) + "'; the file has:";
    for (const std::string& name : columns) {
      text += " '" + name + "'";
    }
    throw std::out_of_range(text);
  }
  return data_->csv->cell(row_, static_cast<std::size_t>(found - columns.begin()));
}

Feeder::Feeder(bool json, std::string path, FeederOptions options)
    : data_(std::make_unique<detail::FeederData>(json, std::move(path), std::move(options))) {}

Feeder::~Feeder() = default;

void Feeder::load() const { data_->load(); }

std::size_t Feeder::size() const {
  data_->load();
  return data_->size();
}

void Feeder::restart() const { data_->restart(); }

std::size_t Feeder::next_row(const Environment& environment) const {
  data_->load();
  return data_->next(environment);
}

CsvFeeder::CsvFeeder(std::string path, FeederOptions options)
    : Feeder(false, std::move(path), std::move(options)) {}

CsvRow CsvFeeder::next(const Environment& environment) const& {
  const std::size_t row = next_row(environment);
  return {data(), row};
}

JsonFeeder::JsonFeeder(std::string path, FeederOptions options)
    : Feeder(true, std::move(path), std::move(options)) {}

const Value& JsonFeeder::next(const Environment& environment) const& {
  const std::size_t row = next_row(environment);
  return (*data().list)[row];
}

}  // namespace cppworker
