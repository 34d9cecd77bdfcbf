//! Objects of the user's classes: made, read, assigned to, their methods called.
//!
//! What nobody can change is a value of its fields, as a tuple is. What can be changed is a block of
//! memory, which all have that name the object, so that each sees what another assigns.

use super::owners::owners;
use super::{Followed, Lowerer};
use crate::class::{Class, ClassKind, Default, Given, Maker, Member};
use crate::host::Thing;
use crate::memory::{Cells, HEAD, IDENTITY};
use crate::site::{Exception, Piece};
use crate::syntax::{Expr, Places};
use crate::types::{ContainerKind, Type};
use crate::value::{Value, tuple};
use std::sync::Arc;
use stook_kernel::{Local, Place, Routine, Service, Step, Type as Part};
use stook_types::DType;

fn cells_of(fields: &[Type]) -> Cells {
    Cells::with(fields.iter().flat_map(Type::parts).collect())
}

/// Where each part of a field lies in an object's block.
pub(super) fn places_of(block: Local, fields: &[Type], k: usize) -> Vec<Place> {
    let cells = cells_of(fields);
    let first: usize = fields[..k].iter().map(|ty| ty.parts().len()).sum();
    let place = |part: usize| {
        let dtype = match cells.parts[part] {
            Part::Address => DType::U64,
            Part::Scalar(dtype) => dtype,
        };
        Place { dtype, base: block, axes: Vec::new(), offset: HEAD + cells.offsets[part] }
    };
    (first..first + fields[k].parts().len()).map(place).collect()
}

impl Lowerer<'_, '_> {
    // -- making -----------------------------------------------------------------------------

    /// A call of a class.
    pub(super) fn new_of_class(
        &mut self,
        class: &Arc<Class>,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let maker = match self.session.host.maker(class.number) {
            Ok(maker) => maker,
            Err(text) => {
                return self.error(text, Some("make the object outside, and pass it"));
            }
        };
        let (mut values, named) = self.given(args, keywords)?;
        match maker {
            Maker::Init(function) => {
                let types = class.declared.iter().flatten().cloned().collect();
                let object = self.new_object(class, types, None);
                values.insert(0, object.clone());
                self.call_with(function, values, named)?;
                Ok(object)
            }
            Maker::Fields { fields, positional, after } => {
                if values.len() > positional {
                    let text = format!(
                        "{}() takes {positional} arguments by position, {} were given",
                        class.name,
                        values.len()
                    );
                    return self.error(text, None);
                }
                let made = self.fields_given(class, &fields, &values, &named)?;
                let object = self.with_fields(class, &made)?;
                if let Some(function) = after {
                    self.call_with(function, vec![object.clone()], Vec::new())?;
                }
                Ok(object)
            }
        }
    }

    /// A value for each field of a class, in the order of its fields.
    fn fields_given(
        &mut self,
        class: &Class,
        fields: &[Given],
        values: &[Value],
        named: &[(String, Value)],
    ) -> Followed<Vec<Value>> {
        let parameters: Vec<String> =
            fields.iter().filter(|f| f.is_parameter).map(|f| f.name.clone()).collect();
        let own = (&class.name[..], &parameters[..], Places::all(&parameters));
        let of = |name: &str| fields.iter().find(|field| field.name == name);
        let made =
            self.arguments(own, values, named, &mut |l, name| l.default_of_field(class, of(name)))?;
        let mut all = Vec::new();
        for name in &class.fields {
            let value = match parameters.iter().position(|parameter| parameter == name) {
                Some(k) => made[k].clone(),
                None => match self.default_of_field(class, of(name))? {
                    Some(value) => value,
                    None => {
                        let text = format!("{}() gives the field '{name}' no value", class.name);
                        return self.error(text, Some("give the field a default"));
                    }
                },
            };
            all.push(value);
        }
        Ok(all)
    }

    fn default_of_field(
        &mut self,
        class: &Class,
        field: Option<&Given>,
    ) -> Followed<Option<Value>> {
        let Some(Given { name, default: Some(default), .. }) = field else { return Ok(None) };
        match default {
            Default::Value(thing) => self.frozen(thing).map(Some),
            Default::Made(thing @ Thing::Known { name: made, .. }) => {
                // Containers of several fields are made at one place; their items differ.
                let k = class.position(name).unwrap_or_default();
                let kind = match made.as_str() {
                    "builtins.list" => ContainerKind::List,
                    "builtins.dict" => ContainerKind::Dict,
                    "builtins.set" => ContainerKind::Set,
                    _ => return self.call_thing(thing, &[], &[]).map(Some),
                };
                Ok(Some(self.unknown_container(kind, 2 + 2 * k)))
            }
            Default::Made(thing) => self.call_thing(thing, &[], &[]).map(Some),
        }
    }

    /// A new object with a value for each field.
    pub(super) fn with_fields(&mut self, class: &Arc<Class>, values: &[Value]) -> Followed<Value> {
        let values = &values.iter().map(|value| self.kept(value)).collect::<Vec<_>>()[..];
        for (name, value) in class.fields.iter().zip(values) {
            if let Type::Thing(thing) = &value.ty {
                let text =
                    format!("{} cannot be the field '{name}' of {}", thing.describe(), class.name);
                return self.error(
                    text,
                    Some("fields are numbers, strings, arrays, tuples, containers and objects"),
                );
            }
        }
        if class.is_value() {
            let types = values.iter().map(|value| value.ty.clone()).collect();
            return Ok(Value::new(Type::Record(class.clone(), types), tuple(values).parts));
        }
        let values = values.iter().enumerate().map(|(k, value)| {
            let ty = class.field_type(k, &value.ty);
            self.converted(value, &ty)
        });
        let values = values.collect::<Followed<Vec<_>>>()?;
        let types = values.iter().map(|value| value.ty.clone()).collect();
        Ok(self.new_object(class, types, Some(&values)))
    }

    /// A new block for an object, with these fields or with none that is set; the statement at hand
    /// holds it.
    fn new_object(
        &mut self,
        class: &Arc<Class>,
        types: Vec<Type>,
        values: Option<&[Value]>,
    ) -> Value {
        let block = self.local(Part::Address);
        let bytes = self.size(HEAD + cells_of(&types).stride);
        self.emit(Step::Ask { service: Service::Allocate, args: vec![bytes], into: vec![block] });
        self.refuse_missing(block);
        let one = self.size(1);
        self.set_word(block, 0, one);
        let own = Place { dtype: DType::U64, base: block, axes: Vec::new(), offset: IDENTITY };
        self.emit(Step::Store { place: own, value: block });
        for k in 0..types.len() {
            let parts = match values {
                Some(values) => {
                    self.retain(&types[k], &values[k].parts);
                    values[k].parts.clone()
                }
                None => self.new_parts(&types[k]),
            };
            self.store_field(block, &types, k, &parts);
        }
        let ty = Type::Object(class.clone(), types);
        self.hold_result(&ty, &[block]);
        Value::new(ty, vec![block])
    }

    /// The routine that releases what an object has, and the object.
    pub(super) fn release_object(&mut self, block: Local, fields: &[Type]) -> Routine {
        for (k, ty) in fields.iter().enumerate() {
            let parts = self.load_field(block, fields, k);
            for owner in owners(ty, &parts) {
                self.release(&owner);
            }
        }
        self.emit(Step::Ask { service: Service::Free, args: vec![block], into: Vec::new() });
        self.releasing_routine()
    }

    // -- fields -----------------------------------------------------------------------------

    fn load_field(&mut self, block: Local, fields: &[Type], k: usize) -> Vec<Local> {
        let parts = self.new_parts(&fields[k]);
        for (place, &into) in places_of(block, fields, k).into_iter().zip(&parts) {
            self.emit(Step::Load { place, into });
        }
        parts
    }

    fn store_field(&mut self, block: Local, fields: &[Type], k: usize, parts: &[Local]) {
        for (place, &value) in places_of(block, fields, k).into_iter().zip(parts) {
            self.emit(Step::Store { place, value });
        }
    }

    /// The values of an object's fields.
    pub(super) fn fields(&mut self, value: &Value) -> Followed<Vec<Value>> {
        let count = value.ty.class().map_or(0, |(_, fields)| fields.len());
        (0..count).map(|k| self.field(value, k)).collect()
    }

    fn field(&mut self, value: &Value, k: usize) -> Followed<Value> {
        let Some((class, fields)) = value.ty.class() else { return Ok(value.clone()) };
        if let Type::Thing(_) = fields[k] {
            return self.error(
                format!(
                    "the field '{}' of {} has what is not compiled",
                    class.fields[k], class.name
                ),
                Some("read fields of numbers, strings, arrays, tuples, containers and objects"),
            );
        }
        if class.is_value() {
            return Ok(value.split(fields).swap_remove(k));
        }
        let parts = self.load_field(value.parts[0], fields, k);
        let found = Value::new(fields[k].clone(), parts);
        let is_address = matches!(
            found.ty,
            Type::Array(_) | Type::Records(..) | Type::Text | Type::Container(_) | Type::Object(..)
        );
        if class.kind == ClassKind::Typed && is_address {
            let there = self.is_present(found.parts[0]);
            let missing = self.compute_one(&[there], |f, v| f.not(v[0]));
            let text = format!("'{}' object has no attribute '{}'", class.name, class.fields[k]);
            let raised = Exception::Named("AttributeError".to_owned());
            self.fail_if(missing, raised, vec![Piece::Text(text)], Vec::new());
        }
        self.hold(&found);
        Ok(found)
    }

    /// `object.name`.
    pub(super) fn object_attribute(&mut self, value: &Value, name: &str) -> Followed<Value> {
        let Some((class, _)) = value.ty.class() else { return Ok(value.clone()) };
        let class = class.clone();
        if let Some(k) = class.position(name) {
            return self.field(value, k);
        }
        match self.session.host.member(class.number, name) {
            Some(Member::Property(get, _)) => self.call_with(get, vec![value.clone()], Vec::new()),
            Some(Member::Constant(thing)) => self.frozen(&thing),
            Some(Member::Method(_) | Member::OfClass(_)) => {
                let text = format!("the method '{name}' of {} is not called here", class.name);
                self.error(text, Some("call it where it is read"))
            }
            None => self.no_member(&class, name),
        }
    }

    fn no_member<T>(&self, class: &Class, name: &str) -> Followed<T> {
        let text = format!("{} has no field or method '{name}' that is compiled", class.name);
        self.error(text, Some(&format!("its fields are {}", class.fields.join(", "))))
    }

    /// `Class.name`.
    pub(super) fn class_attribute(&mut self, class: &Class, name: &str) -> Followed<Value> {
        match self.session.host.member(class.number, name) {
            Some(Member::Constant(thing)) => self.frozen(&thing),
            Some(Member::Method(function)) => {
                Ok(super::expressions::thing(Thing::Function(function)))
            }
            _ => self.no_member(class, name),
        }
    }

    /// `object.name = value`.
    pub(super) fn set_attribute(
        &mut self,
        object: &Value,
        name: &str,
        value: &Value,
    ) -> Followed<()> {
        if let Type::Records(..) = object.ty {
            return self.set_attribute_of_records(object, name, value);
        }
        let Some((class, fields)) = object.ty.class() else {
            let text = format!("attributes of {} cannot be assigned", object.ty.describe());
            return self
                .error(text, Some("assign to a name, to an element, or to a field of an object"));
        };
        let (class, fields) = (class.clone(), fields.to_vec());
        let Some(k) = class.position(name) else {
            if let Some(Member::Property(_, Some(set))) =
                self.session.host.member(class.number, name)
            {
                return self
                    .call_with(set, vec![object.clone(), value.clone()], Vec::new())
                    .map(|_| ());
            }
            return self.no_member(&class, name);
        };
        if class.is_value() {
            let text = format!("cannot assign to field '{name}' of {}", class.name);
            return self.error(text, Some("make a new object"));
        }
        self.session.change(&object.ty);
        let Some(value) = self.as_field(&class, k, value, &fields[k])? else { return Ok(()) };
        let block = object.parts[0];
        self.retain(&value.ty, &value.parts);
        let old = self.load_field(block, &fields, k);
        self.store_field(block, &fields, k, &value.parts);
        for owner in owners(&fields[k], &old) {
            self.release(&owner);
        }
        Ok(())
    }

    /// A value as a field; nothing where its type is not known yet.
    fn as_field(
        &mut self,
        class: &Class,
        k: usize,
        value: &Value,
        field: &Type,
    ) -> Followed<Option<Value>> {
        if let (ClassKind::Typed, Type::Number { dtype, .. }, Some(_)) =
            (class.kind, field, value.ty.dtype())
        {
            let parts = self.element(value, *dtype)?;
            return Ok(Some(Value::new(field.clone(), parts)));
        }
        let fits = field.unified(&value.ty, &mut |_, _| {}).is_some()
            || field.join(&value.ty).as_ref() == Some(field);
        if fits {
            return self.as_item(value, field);
        }
        let (given, known) = (value.ty.describe(), field.describe());
        self.error(
            format!(
                "{given} for the field '{}' of {}, which is {known}",
                class.fields[k], class.name
            ),
            Some("let the field have one type: declare it float, or write 0.0 in place of 0"),
        )
    }

    // -- methods ----------------------------------------------------------------------------

    /// `object.name(...)`.
    pub(super) fn object_method(
        &mut self,
        (object, class): (&Value, &Arc<Class>),
        name: &str,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let member = match class.position(name) {
            Some(_) => None,
            None => self.session.host.member(class.number, name),
        };
        match member {
            Some(Member::Method(function)) => {
                let (mut values, named) = self.given(args, keywords)?;
                values.insert(0, object.clone());
                self.call_with(function, values, named)
            }
            Some(Member::OfClass(function)) => self.call_of_class(function, class, args, keywords),
            Some(Member::Constant(thing)) => self.call_thing(&thing, args, keywords),
            None if name == "_replace" && class.kind == ClassKind::Tuple => {
                self.replaced((object, class), args, keywords)
            }
            _ => {
                let called = self.object_attribute(object, name)?;
                match &called.ty {
                    Type::Thing(thing) => self.call_thing(thing, args, keywords),
                    other => self.error(format!("{} cannot be called", other.describe()), None),
                }
            }
        }
    }

    /// `Class.name(...)` of a method that is given the class.
    pub(super) fn call_of_class(
        &mut self,
        function: usize,
        class: &Arc<Class>,
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let (mut values, named) = self.given(args, keywords)?;
        values.insert(0, super::expressions::thing(Thing::Record(class.clone())));
        self.call_with(function, values, named)
    }

    /// `t._replace(...)`.
    fn replaced(
        &mut self,
        (object, class): (&Value, &Arc<Class>),
        args: &[Expr],
        keywords: &[(String, Expr)],
    ) -> Followed<Value> {
        let (values, named) = self.given(args, keywords)?;
        if !values.is_empty() {
            return self.error("_replace() takes fields by name", None);
        }
        let own = ("_replace", &class.fields[..], Places::default());
        let fields = self.fields(object)?;
        let made = self.arguments(own, &[], &named, &mut |_, name| {
            Ok(class.position(name).map(|k| fields[k].clone()))
        })?;
        self.with_fields(class, &made)
    }
}
