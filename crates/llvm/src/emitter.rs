//! The words that lowerings are written in: vectors, constants, branches and loops.
//!
//! Every scalar of a kernel is an LLVM vector of some width, `<1 x T>` where one column is done at
//! a time, so there is one form of each lowering. Truth values are `<W x i1>`. An [`Emitter`]
//! stands for one function that is being written; all methods add at its current position.

use crate::module::Error;
use crate::target::Target;
use inkwell::basic_block::BasicBlock;
use inkwell::builder::Builder;
use inkwell::context::Context;
use inkwell::intrinsics::Intrinsic;
use inkwell::module::Module;
use inkwell::types::{BasicType, BasicTypeEnum, IntType, VectorType};
use inkwell::values::{
    AsValueRef, BasicMetadataValueEnum, BasicValue, BasicValueEnum, CallSiteValue, FunctionValue,
    InstructionOpcode, IntValue, PointerValue, VectorValue,
};
use inkwell::{AddressSpace, IntPredicate};
use std::cell::RefCell;
use std::collections::HashMap;
use stook_types::DType;

/// A value of a kernel, for as many columns as it is wide.
pub(crate) type Vector<'c> = VectorValue<'c>;

/// What lowerings return.
pub(crate) type Emitted<T> = Result<T, Error>;

/// A function that is being written.
pub(crate) struct Emitter<'c, 'm> {
    pub(crate) context: &'c Context,
    pub(crate) module: &'m Module<'c>,
    pub(crate) builder: Builder<'c>,
    pub(crate) target: Target,
    pub(crate) function: FunctionValue<'c>,
    pub(crate) tables: RefCell<HashMap<(usize, usize, DType), PointerValue<'c>>>,
}

impl<'c> Emitter<'c, '_> {
    /// The type of a scalar in a register.
    pub(crate) fn scalar_type(&self, dtype: DType) -> BasicTypeEnum<'c> {
        match dtype {
            DType::Bool => self.context.bool_type().into(),
            DType::F16 => self.context.f16_type().into(),
            DType::F32 => self.context.f32_type().into(),
            DType::F64 => self.context.f64_type().into(),
            integer => self.integer_type(integer.size()).into(),
        }
    }

    /// The type of a scalar in memory.
    pub(crate) fn memory_type(&self, dtype: DType) -> BasicTypeEnum<'c> {
        self.scalar_type(if dtype == DType::Bool { DType::U8 } else { dtype })
    }

    /// The integer type of this many bytes.
    pub(crate) fn integer_type(&self, bytes: usize) -> IntType<'c> {
        match bytes {
            1 => self.context.i8_type(),
            2 => self.context.i16_type(),
            4 => self.context.i32_type(),
            _ => self.context.i64_type(),
        }
    }

    /// The type of a value of this width in registers.
    pub(crate) fn vector_type(&self, dtype: DType, width: u32) -> VectorType<'c> {
        vector_of(self.scalar_type(dtype), width)
    }

    /// A constant from its bits.
    pub(crate) fn constant(&self, dtype: DType, bits: u64, width: u32) -> Emitted<Vector<'c>> {
        let integer = match dtype {
            DType::Bool => self.context.bool_type(),
            other => self.integer_type(other.size()),
        };
        let all = vec![integer.const_int(bits, false); width as usize];
        self.bitcast(VectorType::const_vector(&all), self.vector_type(dtype, width))
    }

    /// A number for addresses and counts.
    pub(crate) fn number(&self, value: u64) -> IntValue<'c> {
        self.context.i64_type().const_int(value, false)
    }

    /// The same bits as another vector type.
    pub(crate) fn bitcast(&self, v: Vector<'c>, to: VectorType<'c>) -> Emitted<Vector<'c>> {
        if v.get_type() == to {
            return Ok(v);
        }
        Ok(self.builder.build_bit_cast(v, to, "")?.into_vector_value())
    }

    /// One of LLVM's binary instructions.
    pub(crate) fn binary(
        &self,
        op: InstructionOpcode,
        a: Vector<'c>,
        b: Vector<'c>,
    ) -> Emitted<Vector<'c>> {
        Ok(self.builder.build_binop(op, a, b, "")?.into_vector_value())
    }

    /// One of LLVM's conversions.
    pub(crate) fn cast(
        &self,
        op: InstructionOpcode,
        v: Vector<'c>,
        to: VectorType<'c>,
    ) -> Emitted<Vector<'c>> {
        Ok(self.builder.build_cast(op, v, to, "")?.into_vector_value())
    }

    /// `a` where the mask holds, else `b`.
    pub(crate) fn select(
        &self,
        mask: Vector<'c>,
        a: Vector<'c>,
        b: Vector<'c>,
    ) -> Emitted<Vector<'c>> {
        let (a, b) = (self.loaded_whole(a), self.loaded_whole(b));
        Ok(self.builder.build_select(mask, a, b, "")?.into_vector_value())
    }

    /// The value, with a load of its own if it is loaded. LLVM would load under the mask of a select:
    /// where no lane is wanted, such a load takes the processor's microcode a hundred times as long
    /// for each page that nothing else has read yet, and leaves it so.
    fn loaded_whole(&self, v: Vector<'c>) -> Vector<'c> {
        use llvm_sys::core::LLVMBuildFreeze;
        let made_by = v.as_instruction_value().map(|made| made.get_opcode());
        if made_by != Some(InstructionOpcode::Load) {
            return v;
        }
        // SAFETY: the builder stands in a block of the value's function, and the value made there has
        // the same type.
        unsafe {
            Vector::new(LLVMBuildFreeze(self.builder.as_mut_ptr(), v.as_value_ref(), c"".as_ptr()))
        }
    }

    /// An intrinsic that is overloaded on `over`.
    pub(crate) fn intrinsic(
        &self,
        name: &str,
        over: &[BasicTypeEnum<'c>],
        args: &[BasicMetadataValueEnum<'c>],
    ) -> Emitted<Option<BasicValueEnum<'c>>> {
        Ok(self.intrinsic_call(name, over, args)?.try_as_basic_value().basic())
    }

    /// The call of an intrinsic.
    pub(crate) fn intrinsic_call(
        &self,
        name: &str,
        over: &[BasicTypeEnum<'c>],
        args: &[BasicMetadataValueEnum<'c>],
    ) -> Emitted<CallSiteValue<'c>> {
        let declared = Intrinsic::find(name)
            .and_then(|found| found.get_declaration(self.module, over))
            .ok_or_else(|| Error::Llvm(format!("no intrinsic {name}")))?;
        Ok(self.builder.build_call(declared, args, "")?)
    }

    /// An intrinsic on vectors of one type, which it keeps.
    pub(crate) fn call(&self, name: &str, args: &[Vector<'c>]) -> Emitted<Vector<'c>> {
        let over = args[0].get_type().into();
        let args: Vec<BasicMetadataValueEnum> = args.iter().map(|&v| v.into()).collect();
        let made = self.intrinsic(name, &[over], &args)?;
        made.map(BasicValueEnum::into_vector_value)
            .ok_or_else(|| Error::Llvm(format!("{name} makes nothing")))
    }

    /// Lanes of `a` (from 0) and `b` (after those of `a`), picked.
    pub(crate) fn shuffle(
        &self,
        a: Vector<'c>,
        b: Vector<'c>,
        lanes: impl Iterator<Item = u32>,
    ) -> Emitted<Vector<'c>> {
        let int = self.context.i32_type();
        let lanes: Vec<IntValue> = lanes.map(|k| int.const_int(k.into(), false)).collect();
        let mask = VectorType::const_vector(&lanes);
        Ok(self.builder.build_shuffle_vector(a, b, mask, "")?)
    }

    /// Some lanes of one vector.
    pub(crate) fn pick(
        &self,
        v: Vector<'c>,
        lanes: impl Iterator<Item = u32>,
    ) -> Emitted<Vector<'c>> {
        self.shuffle(v, v.get_type().get_poison(), lanes)
    }

    /// The value of a `<1 x T>` in all lanes.
    pub(crate) fn splat(&self, v: Vector<'c>, width: u32) -> Emitted<Vector<'c>> {
        if width == 1 { Ok(v) } else { self.pick(v, (0..width).map(|_| 0)) }
    }

    /// A scalar as a `<1 x T>`.
    pub(crate) fn wrap(&self, v: BasicValueEnum<'c>) -> Emitted<Vector<'c>> {
        let to = vector_of(v.get_type(), 1).get_poison();
        Ok(self.builder.build_insert_element(to, v, self.context.i32_type().const_zero(), "")?)
    }

    /// One lane as a scalar.
    pub(crate) fn lane(&self, v: Vector<'c>, lane: u32) -> Emitted<BasicValueEnum<'c>> {
        let lane = self.context.i32_type().const_int(lane.into(), false);
        Ok(self.builder.build_extract_element(v, lane, "")?)
    }

    /// Scalars side by side.
    pub(crate) fn join(&self, scalars: &[BasicValueEnum<'c>]) -> Emitted<Vector<'c>> {
        let mut all = vector_of(scalars[0].get_type(), scalars.len() as u32).get_poison();
        for (k, &scalar) in scalars.iter().enumerate() {
            let lane = self.context.i32_type().const_int(k as u64, false);
            all = self.builder.build_insert_element(all, scalar, lane, "")?;
        }
        Ok(all)
    }

    /// Whether any lane of a mask holds.
    pub(crate) fn any(&self, mask: Vector<'c>) -> Emitted<IntValue<'c>> {
        let width = mask.get_type().get_size();
        if width == 1 {
            return Ok(self.lane(mask, 0)?.into_int_value());
        }
        let bits = self.context.custom_width_int_type(
            std::num::NonZero::new(width)
                .ok_or_else(|| Error::Llvm("a vector of no lanes".to_owned()))?,
        );
        let bits = bits.map_err(Error::llvm)?;
        let word = self.builder.build_bit_cast(mask, bits, "")?.into_int_value();
        Ok(self.builder.build_int_compare(IntPredicate::NE, word, bits.const_zero(), "")?)
    }

    /// An address some bytes away.
    pub(crate) fn offset(
        &self,
        pointer: PointerValue<'c>,
        bytes: IntValue<'c>,
    ) -> Emitted<PointerValue<'c>> {
        self.element(pointer, self.context.i8_type().into(), bytes)
    }

    /// The address of an element of an array.
    pub(crate) fn element(
        &self,
        array: PointerValue<'c>,
        of: BasicTypeEnum<'c>,
        index: IntValue<'c>,
    ) -> Emitted<PointerValue<'c>> {
        // SAFETY: an address computation without `inbounds` has no undefined behaviour.
        Ok(unsafe { self.builder.build_gep(of, array, &[index], "")? })
    }

    /// A pointer's type.
    pub(crate) fn pointer_type(&self) -> BasicTypeEnum<'c> {
        self.context.ptr_type(AddressSpace::default()).into()
    }

    /// Memory of the function's own, for `count` scalars, aligned for vectors.
    pub(crate) fn local(&self, dtype: DType, count: u32) -> Emitted<PointerValue<'c>> {
        let here = self.here()?;
        let entry = self.function.get_first_basic_block().unwrap_or(here);
        match entry.get_first_instruction() {
            Some(first) => self.builder.position_before(&first),
            None => self.builder.position_at_end(entry),
        }
        let made = self.builder.build_alloca(self.memory_type(dtype).array_type(count), "")?;
        if let Some(instruction) = made.as_instruction() {
            instruction.set_alignment(64).map_err(Error::llvm)?;
        }
        self.builder.position_at_end(here);
        Ok(made)
    }

    /// The block at whose end instructions are added.
    pub(crate) fn here(&self) -> Emitted<BasicBlock<'c>> {
        let here = self.builder.get_insert_block();
        here.ok_or_else(|| Error::Llvm("no current block".to_owned()))
    }

    /// A new block of the function.
    pub(crate) fn block(&self, name: &str) -> BasicBlock<'c> {
        self.context.append_basic_block(self.function, name)
    }

    /// A branch that is hardly ever taken to `cold`.
    pub(crate) fn branch_rarely(
        &self,
        condition: IntValue<'c>,
        cold: BasicBlock<'c>,
        warm: BasicBlock<'c>,
    ) -> Emitted<()> {
        let branch = self.builder.build_conditional_branch(condition, cold, warm)?;
        let int = self.context.i32_type();
        let weights = self.context.metadata_node(&[
            self.context.metadata_string("branch_weights").into(),
            int.const_int(1, false).into(),
            int.const_int(100_000, false).into(),
        ]);
        branch.set_metadata(weights, self.context.get_kind_id("prof")).map_err(Error::llvm)
    }

    /// Values that meet at the start of the current block.
    pub(crate) fn meet(
        &self,
        ways: &[(&[Vector<'c>], BasicBlock<'c>)],
    ) -> Emitted<Vec<Vector<'c>>> {
        let mut met = Vec::new();
        for k in 0..ways[0].0.len() {
            let phi = self.builder.build_phi(ways[0].0[k].get_type(), "")?;
            for (values, from) in ways {
                phi.add_incoming(&[(&values[k], *from)]);
            }
            met.push(phi.as_basic_value().into_vector_value());
        }
        Ok(met)
    }

    /// `for k in (from..to).step_by(step)`, with values carried from round to round; what the last
    /// round leaves, or `carried` itself where there is none.
    pub(crate) fn repeat(
        &self,
        (from, to, step): (IntValue<'c>, IntValue<'c>, IntValue<'c>),
        carried: &[Vector<'c>],
        round: impl FnOnce(IntValue<'c>, Vec<Vector<'c>>) -> Emitted<Vec<Vector<'c>>>,
    ) -> Emitted<Vec<Vector<'c>>> {
        let (before, body, after) = (self.here()?, self.block("loop"), self.block("done"));
        let some = self.builder.build_int_compare(IntPredicate::SLT, from, to, "")?;
        self.builder.build_conditional_branch(some, body, after)?;
        self.builder.position_at_end(body);
        let k = self.builder.build_phi(self.context.i64_type(), "")?;
        let phis = carried
            .iter()
            .map(|v| self.builder.build_phi(v.get_type(), ""))
            .collect::<Result<Vec<_>, _>>()?;
        let state = phis.iter().map(|p| p.as_basic_value().into_vector_value()).collect();
        let counter = k.as_basic_value().into_int_value();
        let left = round(counter, state)?;
        let end = self.here()?;
        let next = self.builder.build_int_add(counter, step, "")?;
        let more = self.builder.build_int_compare(IntPredicate::SLT, next, to, "")?;
        self.builder.build_conditional_branch(more, body, after)?;
        k.add_incoming(&[(&from, before), (&next, end)]);
        for ((phi, first), last) in phis.iter().zip(carried).zip(&left) {
            phi.add_incoming(&[(first as &dyn BasicValue, before), (last, end)]);
        }
        self.builder.position_at_end(after);
        self.meet(&[(carried, before), (&left, end)])
    }
}

/// The vector type of scalars of a type.
pub(crate) fn vector_of(scalar: BasicTypeEnum<'_>, width: u32) -> VectorType<'_> {
    match scalar {
        BasicTypeEnum::IntType(t) => t.vec_type(width),
        BasicTypeEnum::FloatType(t) => t.vec_type(width),
        BasicTypeEnum::PointerType(t) => t.vec_type(width),
        other => unreachable!("a vector of {other}"),
    }
}
