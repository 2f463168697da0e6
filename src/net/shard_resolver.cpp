#include "net/shard_resolver.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"

namespace cppworker::net {

Answer::Answer(LookupResult result, coro::TimePoint found_at, std::size_t turn)
    : result_(std::move(result)), found_at_(found_at), turn_(turn) {
  CHECK((result_.gai_error != 0) == result_.addresses.empty());
}

bool Answer::has_addresses_of(const Answer& other) const {
  return std::ranges::is_permutation(addresses(), other.addresses());
}

std::vector<SocketAddress> Answer::for_connection(std::uint16_t port) {
  std::vector<SocketAddress> result;
  result.reserve(addresses().size());
  for (const SocketAddress& address : addresses()) {
    result.push_back(address.with_port(port));
  }
  CHECK(gai_error() == 0);
  const std::size_t turn = turn_++;
  for (const int family : {AF_INET, AF_INET6}) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < addresses().size(); ++i) {
      if (addresses()[i].family() == family) {
        places.push_back(i);
      }
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      result[places[i]] = addresses()[places[(i + turn) % places.size()]].with_port(port);
    }
  }
  return result;
}

ShardResolver::ShardResolver(coro::Scheduler& scheduler, Resolver& resolver, std::size_t first_turn)
    : scheduler_(scheduler),
      resolver_(resolver),
      first_turn_(first_turn),
      self_(std::make_shared<ShardResolver*>(this)) {}

ShardResolver::AnswerPtr ShardResolver::kept(std::string_view host) const {
  const auto found = names_.find(host);
  if (found == names_.end() || found->second.answer == nullptr || found->second.doubted ||
      scheduler_.turn_time() - found->second.answer->found_at() >= kKept) {
    return nullptr;
  }
  return found->second.answer;
}

void ShardResolver::look_up(const std::string& host, Found found) {
  DCHECK(coro::Scheduler::current() == &scheduler_);
  Name& name = names_[host];
  name.waiting.push_back(std::move(found));
  if (std::exchange(name.under_way, true)) {
    return;
  }
  resolver_.resolve(host, [postbox = scheduler_.postbox(), self = std::weak_ptr(self_),
                           host](LookupResult result) {
    postbox->post([self, host, result = std::move(result)] {
      if (const auto resolver = self.lock()) {
        (*resolver)->finish(host, result);
      }
    });
  });
}

void ShardResolver::finish(const std::string& host, LookupResult result) {
  DCHECK(coro::Scheduler::current() == &scheduler_);
  const auto place = names_.find(host);
  CHECK(place != names_.end() && place->second.under_way);
  Name& name = place->second;
  name.under_way = false;
  const std::list<Found> waiting = std::exchange(name.waiting, {});
  const AnswerPtr before = name.answer;
  auto answer = std::make_shared<Answer>(std::move(result), scheduler_.turn_time(), first_turn_);
  if (answer->gai_error() != 0) {
    names_.erase(place);
  } else {
    if (before != nullptr && answer->has_addresses_of(*before)) {
      // Name servers rotate their answers too. With both rotations some addresses might be skipped.
      answer->turn_ = before->turn_;
      if (answer->addresses().front().family() == before->addresses().front().family()) {
        answer->result_ = before->result_;
      }
    }
    name.answer = answer;
    name.doubted = false;
  }
  for (const Found& found : waiting) {
    found(answer);
  }
}

ShardResolver::AnswerPtr ShardResolver::find(const std::string& host, coro::TimePoint deadline) {
  if (const auto address = SocketAddress::parse(host)) {
    return std::make_shared<Answer>(LookupResult{.addresses = {*address}}, scheduler_.turn_time(),
                                    0);
  }
  AnswerPtr answer = kept(host);
  return answer != nullptr ? answer : wait(host, deadline);
}

ShardResolver::AnswerPtr ShardResolver::wait(const std::string& host, coro::TimePoint deadline) {
  struct Wait {
    coro::Coroutine* coroutine;  // nullptr: it has ended
    AnswerPtr answer;
  };
  class Caller {  // may be stopped before its answer comes
   public:
    explicit Caller(coro::Coroutine& self)
        : wait_(std::make_shared<Wait>(Wait{.coroutine = &self, .answer = nullptr})) {}
    ~Caller() { wait_->coroutine = nullptr; }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;
    [[nodiscard]] const std::shared_ptr<Wait>& wait() const { return wait_; }

   private:
    const std::shared_ptr<Wait> wait_;
  };
  const Caller caller(coro::this_coroutine::self("a name lookup"));
  look_up(host, [wait = caller.wait()](const AnswerPtr& answer) {
    wait->answer = answer;
    if (wait->coroutine != nullptr) {
      wait->coroutine->resume();
    }
  });
  while (caller.wait()->answer == nullptr && scheduler_.turn_time() < deadline) {
    if (!coro::this_coroutine::suspend(deadline)) {
      break;
    }
  }
  return caller.wait()->answer;
}

bool ShardResolver::may_be_outdated(std::string_view host, const AnswerPtr& failed,
                                    coro::TimePoint began) {
  const auto found = names_.find(host);
  if (found == names_.end()) {
    return false;  // an address, or the last lookup has failed
  }
  Name& name = found->second;
  if (name.answer != failed || name.doubted) {
    return true;
  }
  const coro::TimePoint now = scheduler_.turn_time();
  const bool made_for_it = failed->found_at() >= began;
  if (made_for_it || (name.doubted_at != coro::TimePoint::min() && now - name.doubted_at < kKept)) {
    return false;
  }
  name.doubted = true;
  name.doubted_at = now;
  return true;
}

ShardResolver::AnswerPtr ShardResolver::find_other(const std::string& host, const AnswerPtr& failed,
                                                   coro::TimePoint began,
                                                   coro::TimePoint deadline) {
  CHECK(failed != nullptr);
  if (!may_be_outdated(host, failed, began)) {
    return nullptr;
  }
  AnswerPtr answer = find(host, deadline);
  const bool other =
      answer != nullptr && answer->gai_error() == 0 && !answer->has_addresses_of(*failed);
  return other ? answer : nullptr;
}

}  // namespace cppworker::net
