#include "http/name_resolver.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

namespace cppworker::http {

NameResult look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  NameResult result;
  result.gai_error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (result.gai_error != 0) {
    return result;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(info->ai_addr, info->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      std::string address =
          info->ai_family == AF_INET6 ? "[" + std::string(text.data()) + "]" : text.data();
      if (std::ranges::find(result.addresses, address) == result.addresses.end()) {
        result.addresses.push_back(std::move(address));
      }
    }
  }
  if (result.addresses.empty()) {
    result.gai_error = EAI_NONAME;
  }
  return result;
}

struct NameResolver::Shared {
  explicit Shared(Lookup lookup_) : lookup(std::move(lookup_)) {}

  struct Job {
    std::string host;
    Done done;
  };

  const Lookup lookup;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  std::size_t threads = 0;
  std::size_t idle = 0;
  bool closed = false;
};

NameResolver::NameResolver(Lookup lookup) : shared_(std::make_shared<Shared>(std::move(lookup))) {}

NameResolver::~NameResolver() {
  std::unique_lock lock(shared_->mutex);
  shared_->closed = true;
  shared_->jobs.clear();
  shared_->changed.notify_all();
  // Idle threads end at once; one inside getaddrinfo() may take half a minute and is left alone.
  shared_->changed.wait(lock, [this] { return shared_->idle == 0; });
}

void NameResolver::resolve(std::string host, Done done) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->jobs.size() >= shared_->idle && shared_->threads < kThreadsMax) {
    try {
      std::thread([shared = shared_] { serve(shared); }).detach();
      ++shared_->threads;
    } catch (const std::system_error&) {
      if (shared_->threads ==
          0) {  // no thread to be had: what the kernel says, as a lookup's result
        done(host, NameResult{.gai_error = EAI_AGAIN, .addresses = {}});
        return;
      }
    }
  }
  shared_->jobs.push_back({std::move(host), std::move(done)});
  shared_->changed.notify_all();
}

void NameResolver::serve(const std::shared_ptr<Shared>& shared) {
  pthread_setname_np(pthread_self(), "name lookup");  // else it would have the shard's
  std::unique_lock lock(shared->mutex);
  while (!shared->closed) {
    if (shared->jobs.empty()) {
      ++shared->idle;
      shared->changed.wait(lock, [&shared] { return shared->closed || !shared->jobs.empty(); });
      --shared->idle;
      continue;
    }
    Shared::Job job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    lock.unlock();
    NameResult result = shared->lookup(job.host);
    lock.lock();
    if (!shared->closed) {
      job.done(job.host, std::move(result));  // under the lock: the destructor waits for it
    }
  }
  --shared->threads;
  shared->changed.notify_all();
}

}  // namespace cppworker::http
