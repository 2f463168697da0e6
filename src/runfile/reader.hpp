#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "runfile/codec.hpp"
#include "runfile/records.hpp"

namespace cppworker::runfile {

/// The contents of a file. Throws Error.
[[nodiscard]] std::string read_bytes(const std::string& file);

/// Reads the records of a run file. Skips what is damaged.
class Reader {
 public:
  /// A part of the file that is not readable.
  struct Damage {
    std::size_t begin = 0;  ///< offset in the file
    std::size_t end = 0;
    std::string reason;
    bool operator==(const Damage&) const = default;
  };

  /// @param bytes of the whole file
  /// Throws Error if this is not a run file, or one in a format of a later version.
  explicit Reader(std::string bytes,
                  Decoder::CountsPerSecond per_second = Decoder::CountsPerSecond::kKeep);

  /// The next record; none at the end. Throws nothing for damaged bytes.
  [[nodiscard]] std::optional<Record> next();

  /// The damaged parts so far, in order.
  [[nodiscard]] const std::vector<Damage>& damage() const { return damage_; }

 private:
  std::string bytes_;
  std::size_t offset_ = 0;
  Decoder decoder_;
  std::vector<Damage> damage_;
};

}  // namespace cppworker::runfile
