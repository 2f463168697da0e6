#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>

#include <sys/socket.h>
#include <sys/types.h>

/// As recv() on a socket with SO_TIMESTAMPNS. Also sets `arrival` to the time at which the kernel
/// got the bytes: a busy server reads them later.
inline ssize_t receive_with_arrival(int fd, char* into, std::size_t size,
                                    std::chrono::system_clock::time_point& arrival) {
  alignas(cmsghdr) std::array<char, 128> control{};
  iovec place{into, size};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = recvmsg(fd, &message, 0);
  for (cmsghdr* item = received > 0 ? CMSG_FIRSTHDR(&message) : nullptr; item != nullptr;
       item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
      arrival = std::chrono::system_clock::time_point(std::chrono::seconds(stamp.tv_sec) +
                                                      std::chrono::nanoseconds(stamp.tv_nsec));
    }
  }
  return received;
}
