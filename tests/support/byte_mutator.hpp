#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace cppworker::test_support {

/// Changes the bytes of a binary format at random: the same changes in each run.
class ByteMutator {
 public:
  /// @param large_number the size of a number of the format, which is sometimes set to its maximum
  ByteMutator(std::uint64_t seed, std::size_t large_number)
      : random_(seed), large_number_(large_number) {}

  std::string mutate(std::string bytes) {
    for (std::size_t changes = below(3) + 1; changes > 0; --changes) change(bytes);
    return bytes;
  }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  void change(std::string& bytes) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(5)) {
      case 0:
        bytes.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        bytes.erase(at, below(8) + 1);
        break;
      case 2:
        bytes.insert(at, bytes.substr(below(bytes.size() + 1), below(40)));
        break;
      case 3:
        bytes.insert(at, std::string(large_number_, '\xFF'));
        break;
      default:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
    }
  }

  std::mt19937_64 random_;
  std::size_t large_number_;
};

}  // namespace cppworker::test_support
