#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "runfile/msgpack_reader.hpp"
#include "runfile/records.hpp"

/// Records ⇄ the contents of blocks, which are maps in msgpack. A block has the names of entries
/// and failures as numbers; the blocks with the names come before it.
namespace cppworker::runfile {

/// Encodes records. Remembers which names the file has.
class Encoder {
 public:
  [[nodiscard]] static std::string header(const Header& header);
  [[nodiscard]] static std::string event(const Event& event);
  [[nodiscard]] static std::string sample(const failures::Sample& sample);

  /// The blocks with the names of this increment that the file does not have yet; may be "".
  [[nodiscard]] std::string new_names(const stats::StatsIncrement& increment);
  /// @pre new_names() was called with the same increment
  [[nodiscard]] std::string seconds(const Seconds& seconds) const;

  [[nodiscard]] std::string new_names(const stats::Phases& phases);
  /// @pre new_names() was called with the same entries
  [[nodiscard]] std::string phases(const Phases& phases) const;

  [[nodiscard]] std::size_t entry_count() const { return entries_.size(); }

 private:
  std::map<std::pair<std::string, std::string>, std::int64_t> entries_;  // number by (name, method)
  std::unordered_map<std::string, std::int64_t> errors_;                 // number by error_key()
};

/// Decodes the contents of blocks.
class Decoder {
 public:
  enum class CountsPerSecond : std::uint8_t { kKeep, kSkip };

  /// @param per_second kSkip: num_reqs_per_sec and num_fail_per_sec stay empty, which saves time
  explicit Decoder(CountsPerSecond per_second = CountsPerSecond::kKeep)
      : keeps_per_second_(per_second == CountsPerSecond::kKeep) {}

  /// The record; none for a block of names and for a block of an unknown type, which a later
  /// version of the program may have written. Throws Error that says what is wrong with the
  /// content.
  [[nodiscard]] std::optional<Record> decode(std::string_view content);

 private:
  struct Failure {
    std::string key;
    stats::ErrorIncrement names;
  };

  class Members;

  void learn_names(const Value& block);
  [[nodiscard]] std::pair<std::string, std::string> entry_key(std::int64_t id) const;
  [[nodiscard]] Seconds seconds(const Members& members) const;
  void add_entry(MsgpackReader& in, std::int64_t begin, stats::StatsIncrement& increment) const;
  void add_error(MsgpackReader& in, stats::StatsIncrement& increment) const;

  const bool keeps_per_second_;
  std::unordered_map<std::int64_t, std::pair<std::string, std::string>> entries_;  // name, method
  std::unordered_map<std::int64_t, Failure> errors_;
};

}  // namespace cppworker::runfile
