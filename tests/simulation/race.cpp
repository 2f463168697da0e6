// Two threads post to a mailbox that a third one reads. Built with ThreadSanitizer.

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "coro/mailbox.hpp"
#include "planted.hpp"

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--planted") == 0) {
    cppworker::simulation::plant(argv[2]);
  }
  constexpr int kSenders = 2;
  constexpr int kMessages = 10'000;
  cppworker::coro::Mailbox mailbox;
  int received = 0;  // written by the posted functions, on this thread
  std::vector<std::thread> senders;
  for (int i = 0; i < kSenders; ++i) {
    senders.emplace_back([&] {
      for (int number = 0; number < kMessages; ++number) {
        (void)mailbox.post([&received] { ++received; });
      }
    });
  }
  while (received < kSenders * kMessages) mailbox.run_posted();
  for (std::thread& sender : senders) sender.join();
  std::printf("%d messages\n", received);
  return 0;
}
