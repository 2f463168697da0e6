#include "app/keyboard.hpp"

#include <unistd.h>

namespace cppworker::app {

Keyboard::Keyboard() {
  // A background process that changes the terminal's settings would be stopped.
  if (isatty(STDIN_FILENO) != 1 || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
  termios settings{};
  if (tcgetattr(STDIN_FILENO, &settings) != 0) return;
  before_ = settings;
  settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

int Keyboard::fd() const { return STDIN_FILENO; }

std::optional<char> Keyboard::read() const {
  char key = 0;
  if (::read(STDIN_FILENO, &key, 1) != 1) return std::nullopt;
  return key;
}

void Keyboard::restore() {
  if (before_) tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  before_.reset();
}

}  // namespace cppworker::app
