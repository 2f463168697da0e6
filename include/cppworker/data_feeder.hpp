#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/detail/export.hpp>
#include <cppworker/value.hpp>

namespace cppworker {

class Environment;

/// What a feeder does with its rows.
enum class Deal {
  kWrap,    ///< each row once, then from the beginning
  kStop,    ///< each row once, then next() throws StopUser
  kRandom,  ///< any row at any time
};

struct FeederOptions {
  Deal deal = Deal::kWrap;
  /// How many workers share the rows: worker i of n takes the rows i, i + n, i + 2n, … (in Python:
  /// `rows[worker_index::n]`), so that none is dealt twice. 0: as many as the master was told to
  /// wait for (`--expect-workers`; 1 without it). A worker whose index is not below the number (one
  /// that joined late or again) shares another one's rows, and the log says so.
  int workers = 0;
  char delimiter = ',';  ///< CSV only
  /// CSV only: the names of the columns; empty: the file's first row.
  std::vector<std::string> fieldnames{};
};

namespace detail {
class FeederData;
}

/// One row of a CSV file, as csv.DictReader gives it. Cheap to copy; valid as long as its feeder.
class CPPWORKER_EXPORT CsvRow {
 public:
  /// The text in the column of this name. Throws std::out_of_range, naming the columns there are.
  [[nodiscard]] std::string_view operator[](std::string_view column) const;

 private:
  friend class CsvFeeder;
  CsvRow(const detail::FeederData& data, std::size_t row) : data_(&data), row_(row) {}
  const detail::FeederData* data_;
  std::size_t row_;
};

/// What both feeders do.
class CPPWORKER_EXPORT Feeder {
 public:
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  /// Reads the file, unless that has been done. Throws Error with file and line: call it in the
  /// init function, so that a mistake in the file ends the worker at its start. Any thread.
  void load() const;
  /// How many rows the file has.
  [[nodiscard]] std::size_t size() const;
  /// Deals from the beginning again; say, in a test_start listener. Any thread: in user code for
  /// its worker, elsewhere for all workers of the process.
  void restart() const;

 protected:
  Feeder(bool json, std::string path, FeederOptions options);
  ~Feeder();
  /// The next row for this worker.
  [[nodiscard]] std::size_t next_row(const Environment& environment) const;
  [[nodiscard]] const detail::FeederData& data() const { return *data_; }

 private:
  std::unique_ptr<detail::FeederData> data_;
};

/// Deals the rows of a CSV file (RFC 4180, UTF-8) to the users of all shards of this worker, one
/// worker's rows never to another. Make it a global; nothing is read before the first use. Relative
/// paths are relative to the worker's working folder.
///
///     CsvFeeder accounts{"accounts.csv", {.deal = Deal::kStop}};
///     …
///     const CsvRow account = accounts.next(environment());
///     client().post("/login", {.json = …account["user"]…});
class CPPWORKER_EXPORT CsvFeeder : public Feeder {
 public:
  explicit CsvFeeder(std::string path, FeederOptions options = {});
  /// The next row; does not suspend. Throws StopUser (Deal::kStop) when there are no
  /// more, Error when the file can't be read.
  [[nodiscard]] CsvRow next(const Environment& environment) const&;
  CsvRow next(const Environment& environment) const&& = delete;  // make the feeder a global
};

/// The same for a JSON file with an array, read by parse_json(); a row is whatever the array holds.
class CPPWORKER_EXPORT JsonFeeder : public Feeder {
 public:
  explicit JsonFeeder(std::string path, FeederOptions options = {});
  [[nodiscard]] const Value& next(const Environment& environment) const&;
  const Value& next(const Environment& environment) const&& = delete;  // make the feeder a global
};

}  // namespace cppworker
