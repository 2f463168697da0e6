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

/// The order in which a feeder returns its rows, and what follows the last one.
enum class Deal {
  kWrap,    ///< in the order of the file; starts again after the last row
  kStop,    ///< in the order of the file; next() throws StopUser after the last row
  kRandom,  ///< a random row of the file each time
};

struct FeederOptions {
  Deal deal = Deal::kWrap;
  /// The number of workers that share the rows. Worker i of n uses the rows i, i + n, i + 2n, … (in
  /// Python: `rows[worker_index::n]`), so that no two workers use the same row. 0: the value of the
  /// master's `--expect-workers` (1 without it). A worker whose index is not below this number,
  /// because it joined late or again, uses the rows of another worker too; the log has a warning.
  int workers = 0;
  char delimiter = ',';  ///< CSV only
  /// CSV only: the names of the columns; empty: the file's first row.
  std::vector<std::string> fieldnames{};
};

namespace detail {
class FeederData;
}

/// One row of a CSV file, as Python's csv.DictReader returns it. Cheap to copy. It refers to its
/// feeder and is valid as long as that.
class CPPWORKER_EXPORT CsvRow {
 public:
  /// The text in the column with this name. Throws std::out_of_range, with the names of all
  /// columns, if there is no such column.
  [[nodiscard]] std::string_view operator[](std::string_view column) const;

 private:
  friend class CsvFeeder;
  CsvRow(const detail::FeederData& data, std::size_t row) : data_(&data), row_(row) {}
  const detail::FeederData* data_;
  std::size_t row_;
};

/// The common part of CsvFeeder and JsonFeeder.
class CPPWORKER_EXPORT Feeder {
 public:
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  /// Reads the file if it has not been read yet. Throws Error, with file and line. Call it in the
  /// init function: then the worker does not start with a file that it can't read. Any thread.
  void load() const;
  /// The number of rows in the file. Reads the file if necessary.
  [[nodiscard]] std::size_t size() const;
  /// Starts again with the first row, for example in a test_start listener. Any thread. In user
  /// code it applies to the worker of that user, elsewhere to all workers of the process.
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

/// Gives the rows of a CSV file (RFC 4180, UTF-8) to the users of all shards. Each worker has its
/// own share of the rows (FeederOptions::workers). Make the feeder a global. The file is read on
/// first use. A relative path is relative to the worker's working directory.
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

/// Like CsvFeeder, for a JSON file that contains an array, read by parse_json(). A row is an
/// element of the array, of any type.
class CPPWORKER_EXPORT JsonFeeder : public Feeder {
 public:
  explicit JsonFeeder(std::string path, FeederOptions options = {});
  /// Like CsvFeeder::next(). The reference is valid as long as the feeder.
  [[nodiscard]] const Value& next(const Environment& environment) const&;
  const Value& next(const Environment& environment) const&& = delete;  // make the feeder a global
};

}  // namespace cppworker
