//! What a step reads and writes, and the steps within it.

use super::{Local, Place, Step, Stride};

impl Step {
    /// The lists of steps within it, in order.
    pub fn inner(&self) -> impl Iterator<Item = &[Self]> {
        let lists: [&[Self]; 3] = match self {
            Self::If { then: first, otherwise: second, .. }
            | Self::Loop { body: first, next: second } => [first, second, &[]],
            Self::Try { body, handler, otherwise, .. } => [body, handler, otherwise],
            Self::Block(body)
            | Self::Rare(body)
            | Self::Spread { body, .. }
            | Self::Beyond { body, .. } => [body, &[], &[]],
            _ => [&[]; 3],
        };
        lists.into_iter()
    }

    /// Names the locals that it reads itself, and then those that it writes.
    pub fn operands(&self, read: &mut dyn FnMut(Local), write: &mut dyn FnMut(Local)) {
        match self {
            Self::Compute { args, into, .. }
            | Self::Call { args, into, .. }
            | Self::Ask { args, into, .. } => all(args, into, read, write),
            Self::Native { address, args, into } => {
                read(*address);
                all(args, into, read, write);
            }
            Self::Move { from: one, into }
            | Self::Present { address: one, into }
            | Self::Count { address: one, into, .. }
            | Self::Among { site: one, into, .. } => all(&[*one], &[*into], read, write),
            Self::Advance { base, bytes, into } => all(&[*base, *bytes], &[*into], read, write),
            Self::Symbol { into, .. } => write(*into),
            Self::Load { place, into } => {
                place.locals(read);
                write(*into);
            }
            Self::Store { place, value } => {
                place.locals(read);
                read(*value);
            }
            Self::Assume { condition } | Self::If { condition, .. } => read(*condition),
            Self::Spread { count, index, .. } => all(&[*count], &[*index], read, write),
            Self::Return(values) | Self::Fail { values, .. } => all(values, &[], read, write),
            Self::Rethrow(caught) => caught.locals().for_each(read),
            Self::Try { caught, .. } => caught.locals().for_each(write),
            Self::Loop { .. }
            | Self::Break
            | Self::Continue
            | Self::Beyond { .. }
            | Self::Block(_)
            | Self::Rare(_) => {}
        }
    }

    /// Names all locals that it and the steps within it read or write.
    pub fn locals(&self, seen: &mut dyn FnMut(Local)) {
        let mut own = Vec::new();
        self.operands(&mut |local| seen(local), &mut |local| own.push(local));
        own.into_iter().for_each(&mut *seen);
        self.inner().flatten().for_each(|step| step.locals(seen));
    }
}

impl Place {
    fn locals(&self, read: &mut dyn FnMut(Local)) {
        read(self.base);
        for &(index, stride) in &self.axes {
            read(index);
            if let Stride::Local(local) = stride {
                read(local);
            }
        }
    }
}

fn all(from: &[Local], into: &[Local], read: &mut dyn FnMut(Local), write: &mut dyn FnMut(Local)) {
    from.iter().for_each(|&local| read(local));
    into.iter().for_each(|&local| write(local));
}
