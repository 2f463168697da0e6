#include "coro/scheduler.hpp"

#include <utility>

#include "coro/scheduler_core.hpp"

namespace cppworker::coro {

Scheduler::Scheduler(Clock& clock, Options options)
    : core_{std::make_unique<SchedulerCore>(*this, clock, std::move(options))} {}

Scheduler::~Scheduler() {
  const std::lock_guard lock{postbox_->mutex_};
  postbox_->scheduler_ = nullptr;
}

void Postbox::post(std::function<void()> function) {
  const std::lock_guard lock{mutex_};
  if (scheduler_ != nullptr) {
    scheduler_->post(std::move(function));
  }
}

void Scheduler::run() { core_->run(false); }

void Scheduler::run_until_idle() { core_->run(true); }

void Scheduler::stop() { core_->stop(); }

void Scheduler::post(std::function<void()> function) { core_->post(std::move(function)); }

bool Scheduler::has_messages() const { return core_->has_messages(); }

Coroutine& Scheduler::spawn(Coroutine::Body body, Label label) {
  return core_->spawn(std::move(body), label);
}

Scheduler* Scheduler::current() {
  SchedulerCore* core = SchedulerCore::current();
  return core != nullptr ? &core->scheduler() : nullptr;
}

Coroutine* Scheduler::running() {
  return SchedulerCore::current() == core_.get() ? core_->running() : nullptr;
}

TimePoint Scheduler::turn_time() const { return core_->now(); }

Clock& Scheduler::clock() { return core_->clock(); }

void Scheduler::watch(int fd, std::uint32_t epoll_events, FdHandler& handler) {
  core_->fds().watch(fd, epoll_events, handler);
}

void Scheduler::unwatch(int fd) { core_->fds().unwatch(fd); }

void Scheduler::add_turn_hook(std::function<void()> hook) { core_->add_turn_hook(std::move(hook)); }

void Scheduler::request_turn() { core_->request_turn(); }

void Scheduler::report_if_slow(Label label, Duration held) { core_->report_if_slow(label, held); }

Lag Scheduler::take_lag() { return core_->take_lag(); }

std::size_t Scheduler::alive() const { return core_->coroutines().taken(); }

std::size_t Scheduler::parked() const { return core_->parked(); }

}  // namespace cppworker::coro
