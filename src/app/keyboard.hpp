#pragma once

#include <optional>

#include <termios.h>

namespace cppworker::app {

/// The keys of the terminal on standard input, without waiting for Enter. Only if this process is
/// in the foreground of a terminal.
class Keyboard {
 public:
  Keyboard();
  ~Keyboard() { restore(); }
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  [[nodiscard]] bool is_there() const { return before_.has_value(); }
  [[nodiscard]] int fd() const;
  /// The next key, which must have been pressed; none if the terminal is closed.
  [[nodiscard]] std::optional<char> read() const;
  /// Gives the terminal back its settings.
  void restore();

 private:
  std::optional<termios> before_;
};

}  // namespace cppworker::app
