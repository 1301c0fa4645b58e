// The base classes of stages. One object is made for one step and destroyed after it.
#pragma once

#include <baker/sdk/context.h>
#include <baker/sdk/host.h>
#include <baker/sdk/network.h>
#include <baker/sdk/probe.h>

namespace baker {

class Stage {
 public:
  virtual ~Stage() = default;
  void bind(const Context& context) { context_ = &context; }

 protected:
  const Context& context() const { return *context_; }

 private:
  const Context* context_ = nullptr;
};

// Bakes a layer. `run` must be a function of the options, the pins, the inputs and the root alone.
class LayerStage : public Stage {
 public:
  // Asks the outside world; called only where the descriptor has a [resolve] table and the lock
  // file has no matching pins.
  virtual Pins resolve(Network&, const Options&) { return {}; }
  // Brings pinned content that has no url into the download store; called for `pins` only while
  // some of it is absent.
  virtual void fetch(Network&, const Options&, const Pins& /*pins*/) {
    throw StageError("pinned content is missing and this stage type can't fetch it");
  }
  virtual void run(Root& root, const Options& options) = 0;
};

// Brings a piece of the host to the described state.
class HostStage : public Stage {
 public:
  virtual Applied apply(Host& host, const Options& options) = 0;
  // Takes away what `apply` brought with the same options; what is gone already is fine. Machines
  // are baker's own to remove.
  virtual void remove(Host&, const Options& /*options*/) {}
};

// Waits until the running system does what it is for, and says what it saw.
class ProbeStage : public Stage {
 public:
  // Returns once the condition holds. Throws StageError with what was seen instead, when the
  // deadline of its options has passed.
  virtual Probed probe(Machines& machines, const Options& options) = 0;
  // One look at the system as it is: waits for nothing, changes nothing.
  virtual Probed observe(Machines&, const Options& /*options*/) { return {}; }
  // Uses the system as its users do, also while a machine is missing: for `baker test`. Throws
  // StageError where it does not do what it is for.
  virtual Probed exercise(Machines&, const Options& /*options*/) { return {}; }
  // Whether the system, running or not, can go from what `before()` says to these options. Called
  // before anything is baked or stopped; changes nothing.
  virtual Review review(Machines&, const Options& /*options*/) { return {}; }
  // Makes permanent what a new version brought, once it serves: there is no way back afterwards.
  virtual Probed finalize(Machines&, const Options& /*options*/) { return {}; }

 protected:
  Before before() const { return context().before(); }
};

}  // namespace baker
