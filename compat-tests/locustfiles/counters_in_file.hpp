#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/// Counters in a file, mapped into memory: their numbers outlive any fault, and forked processes
/// share them. They are mapped until the process ends. Throws std::runtime_error.
/// @tparam Counters atomic numbers, which begin with 0
/// @param variable the environment variable that names the file
template <class Counters>
Counters& counters_in_file(const std::string& variable) {
  const char* const path = std::getenv(variable.c_str());
  const int fd = path == nullptr ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Counters)) != 0) {
    throw std::runtime_error(variable + " must name a file that can be written");
  }
  void* const memory = mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap of " + variable + " failed");
  return *static_cast<Counters*>(memory);
}
